import "./style.css";
import { render } from "preact";
import { quiet } from "./client";
import { Page } from "./page";
import { start } from "./state";

const place = document.getElementById("page");
if (place) render(<Page />, place);
void start();

// After the first list: what it fetches must not stand in that one's way.
if ("serviceWorker" in navigator) {
  addEventListener(
    "load",
    () =>
      void quiet()
        .then(() => navigator.serviceWorker.register("/sw.js"))
        .catch(() => null),
  );
}
