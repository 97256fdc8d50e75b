// Texts of the portfolio, Chinese first.

export const portfolioWords = {
  portfolio: ["组合", "Portfolio"],
  portfolioHelp: [
    "本季已发布、无需人工核实的额度合计：集中在哪里，预计损失多少，歉收年会怎样。",
    "This season's published lines that need no officer, added up: where they gather, what may be lost, and what a poor harvest would do.",
  ],
  portfolioEmpty: [
    "本季没有无需人工核实的额度可供汇总。",
    "This season has no line without an officer's decision to add up.",
  ],
  exposures: ["有额度的农户", "Households with a line"],
  expectedLoss: ["预期损失", "Expected loss"],
  shortfallAt: ["最差 {x} 情景的平均损失", "Mean loss of the worst {x}"],
  ofTotal: ["占授信 {x}", "{x} of all lines"],
  ifIndependent: [
    "若各户互不相关：{x}。差额是同一县歉收共担的代价。",
    "Were households independent: {x}. The difference is what sharing a harvest costs.",
  ],
  harvests: ["歉收与丰收年的损失率", "Losses from poor to good harvests"],
  harvestsHelp: [
    "把可能的收成从最差到最好分成 32 档，每档概率相同；柱高为该档的预期损失率。",
    "Possible harvests from worst to best in 32 parts of equal chance; each bar is the expected rate of loss.",
  ],
  worst: ["最差", "Worst"],
  best: ["最好", "Best"],
  harvestPart: ["收成档", "Harvest"],
  lossRate: ["损失率", "Rate of loss"],
  byCropTitle: ["按作物", "By crop"],
  amountOf: ["授信", "Lines"],
  shareOf: ["占比", "Share"],
  tailOf: ["每百元尾部损失", "Tail per 100"],
  tailHelp: [
    "尾部损失：再多放 100 元，最差情景的平均损失增加多少元。数字大的作物更集中风险。",
    "Tail: by how much 100 more would raise the mean loss of the worst cases. Where it is larger the same money weighs more.",
  ],
  byVillageTitle: ["按村", "By village"],
  villageFind: ["筛选村名或村代码", "Filter by village name or code"],
  villageLimit: ["占村上限", "Of its limit"],
  villageNone: ["没有这样的村。", "No such village."],
  villageGo: ["在地图上看 {id}", "Show {id} on the map"],
  villageList: ["看该村农户", "Its households"],
  overLimits: ["{n} 项超过上限", "{n} above their limits"],
  noneOver: ["没有超过上限的项目。", "Nothing is above its limit."],
  notJudged: [
    "只看一个县时，县和作物的占比上限不作判断。",
    "Limits on the share of a county or crop are not judged where one county alone is looked at.",
  ],
  simulated: [
    "{n} 个情景模拟，误差约 {x}。没有用到真实还款记录。",
    "{n} simulated scenarios, error about {x}. No repayment record has been used.",
  ],
} as const satisfies Record<string, readonly [zh: string, en: string]>;
