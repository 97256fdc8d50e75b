import "./style.css";
import { render } from "preact";
import { Page } from "./page";
import { start } from "./state";

const place = document.getElementById("page");
if (place) render(<Page />, place);
void start();
