// A policy is written, tested, approved by somebody else, put in force and taken back.
import { axe, desktop, must, open, phone, shot, signIn, textOf } from "../browser.mjs";

const version = "walk-1";
const at = `/policies/${version}`;

async function as(name, viewport, dark, path) {
  const opened = await open({ viewport, dark });
  await signIn(opened.page, name, "/");
  await opened.page.goto(new URL(path, opened.page.url()).href);
  return opened;
}

export default {
  "a policy goes from a faulty document to a term and back": async () => {
    const risk = await as("risk", desktop, false, "/policies");
    await risk.page.click("text=起草新政策");
    await risk.page.fill(
      ".document",
      `version: "${version}"\nappetite: 0.02\nrules:\n  - {name: big, when: sex == 'f', then: refer, zh: 大额, en: large}\n`,
    );
    await risk.page.click("text=检查");
    await risk.page.waitForSelector(".faults li");
    must((await textOf(risk.page)).includes("第 4 行第 23 列"), "the fault's place isn't told");
    await risk.page.click(".faults .link");
    const place = await risk.page.evaluate(() => document.querySelector("textarea").selectionStart);
    must(place > 50, `the cursor is at ${place}`);
    await axe(risk.page, "a faulty policy");
    await shot(risk.page, "policy-fault-zh-light");
    await risk.page.fill(
      ".document",
      `version: "${version}"\nappetite: 0.02\nrules:\n  - {name: big, when: line > 5000, then: refer, zh: 大额, en: large}\n`,
    );
    await risk.page.click("text=检查");
    await risk.page.waitForSelector(".good");
    await risk.page.fill('input[name="reason"]', "试点县先行");
    await risk.page.click("text=保存为草案");
    await risk.page.waitForURL(`**${at}`);
    await risk.page.click("text=/^用 .* 回测$/");
    await risk.page.waitForSelector("text=看结果");
    await risk.page.click("text=看结果");
    await risk.page.waitForSelector("text=触发户数");
    must((await textOf(risk.page)).includes("已回测"), "its standing is no other after a test");
    await axe(risk.page, "a tested policy");
    await shot(risk.page, "policy-tested-zh-light");
    must((await risk.page.locator("text=批准").count()) === 0, "who writes may approve");
    await risk.context.close();

    const approver = await as("approver", phone, true, at);
    await approver.page.click('button:text-is("批准")');
    await approver.page.waitForSelector('[role="alert"]');
    must((await textOf(approver.page)).includes("4 到 500 个字"), "a missing reason isn't explained");
    await approver.page.fill('input[name="why"]', "回测无异常");
    await approver.page.click('button:text-is("批准")');
    await approver.page.waitForSelector("text=按县生效");
    await axe(approver.page, "an approved policy");
    await shot(approver.page, "policy-approved-zh-phone-dark");
    const wide = await approver.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    must(!wide, "the page scrolls sideways");
    await approver.page.fill('input[name="why"]', "试点县先行");
    await approver.page.click("text=按县生效");
    await approver.page.waitForSelector(".flag.in_force");
    await approver.page.fill('input[name="why"]', "额度过低");
    await approver.page.click('button:text-is("撤回")');
    await approver.page.waitForSelector(".flag.rolled_back");
    await approver.context.close();

    const officer = await as("officer", desktop, true, at);
    await officer.page.waitForSelector(".rows .row");
    must(!(await textOf(officer.page)).includes(version), "an officer reads policies");
    await officer.context.close();
  },
};
