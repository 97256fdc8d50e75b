import { describe, expect, it } from "vitest";
import { cropName, seasonName, whyUnknown } from "../src/crops";
import { area, chance, dateOf, money, yieldOf, yieldUnit } from "../src/numbers";
import { isWord, say } from "../src/words";

describe("numbers", () => {
  it("writes money in 元, large sums in 万元", () => {
    expect(money(820000, "zh")).toBe("8,200 元");
    expect(money(820000, "en")).toBe("¥8,200");
    expect(money(123456700, "zh")).toBe("123.5 万元");
    expect(money(123456700, "en")).toBe("¥1.23 m");
    expect(money(820000, "en", "EUR")).toBe("€8,200");
  });
  it("counts 15 mu to the hectare", () => {
    expect(area(10000, "zh", "mu")).toBe("15.0");
    expect(area(10000, "zh", "ha")).toBe("1.00");
    expect(area(20_000_000, "zh", "mu")).toBe("30,000");
  });
  it("writes 6,750 kg/ha as 450 kg/mu or 6.75 t/ha", () => {
    expect(`${yieldOf(6750, "zh", "mu")} ${yieldUnit("zh", "mu")}`).toBe("450 公斤/亩");
    expect(`${yieldOf(6750, "en", "ha")} ${yieldUnit("en", "ha")}`).toBe("6.75 t/ha");
  });
  it("claims no certainty that a probability does not have", () => {
    expect([1, 0.997, 0.93, 0.004, 0].map((p) => chance(p, "zh"))).toEqual(["100%", ">99%", "93%", "<1%", "0%"]);
  });
  it("writes dates as each language does", () => {
    expect(dateOf("2025-11-20", "zh")).toBe("2025-11-20");
    expect(dateOf("2025-11-20", "en")).toBe("20 Nov 2025");
  });
});

describe("names", () => {
  it("names seasons by year and part", () => {
    expect(seasonName("2025-summer", "zh")).toBe("2025 年夏季");
    expect(seasonName("2025-summer", "en")).toBe("summer 2025");
    expect(seasonName("2018", "zh")).toBe("2018 年");
    expect(seasonName("trial-A", "zh")).toBe("trial-A");
  });
  it("shows no underscore of a crop that it does not know", () => {
    expect(cropName("winter_wheat", "zh")).toBe("冬小麦");
    expect(cropName("dragon_fruit", "zh")).toBe("dragon fruit");
  });
  it("tells why a crop is not known", () => {
    expect(whyUnknown("probability 0.45 is below the cut-off 0.60", "zh")).toBe("最高概率 0.45 低于门槛 0.60。");
    expect(whyUnknown("the series cover 31 % of the season", "en")).toBe("The images cover 31% of the season only.");
    expect(whyUnknown("something new", "zh")).toBe("");
  });
});

describe("words", () => {
  it("fills in what it is given", () => {
    expect(say("zh", "householdsN", { n: 12 })).toBe("12 户");
    expect(say("en", "searchNone", { q: "x" })).toContain("“x”");
  });
  it("has a text for every error that the server's page can meet", () => {
    for (const code of [
      "offline",
      "internal",
      "wrong_credentials",
      "too_many_attempts",
      "locked",
      "change_password",
      "sign_on_refused",
      "sign_on_unknown",
      "sign_on_away",
      "not_found",
      "signed_out",
      "bad_request",
    ]) {
      expect(isWord(`err_${code}`)).toBe(true);
    }
  });
});
