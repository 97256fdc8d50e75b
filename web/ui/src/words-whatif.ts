// Texts of what-ifs, Chinese first.

export const whatIfWords = {
  whatIf: ["试算：如果……额度会是多少？", "What if…? Try a change"],
  whatIfClose: ["收起试算", "Close"],
  whatIfHelp: [
    "改动下面任一项，服务器立即用同一模型重算。试算不保存，也不构成承诺。",
    "Change anything below: the server computes the line anew with the same model. Nothing is kept, nothing is promised.",
  ],
  whatIfLine: ["试算额度", "Line in this case"],
  whatIfSame: ["与已发布额度相同", "Same as the published line"],
  whatIfMore: ["比已发布的 {now} 高 {x}", "{x} more than the published {now}"],
  whatIfLess: ["比已发布的 {now} 低 {x}", "{x} less than the published {now}"],
  whatIfSettled: ["如果这些事项已经解决", "If these were settled"],
  whatIfAmounts: ["如果收支不同（元）", "If money were different (yuan)"],
  whatIfDebt: ["还款日前到期的其他债务", "Other debts due before the line"],
  whatIfOffFarm: ["非农收入", "Income off the farm"],
  whatIfSubsidy: ["补贴", "Subsidies"],
  whatIfParcels: ["如果地块不同（{unit}）", "If the parcels were different ({unit})"],
  whatIfCounts: ["计入", "Counts"],
  whatIfArea: ["{id} 的面积", "Area of {id}"],
  whatIfReset: ["恢复原值", "Back to what is published"],
  whatIfBinding: ["试算不具约束力，以审批为准", "Not binding: approval is what counts"],
  err_bad_change: ["这样的改动无法计算，请检查数字。", "This can't be computed. Check the numbers."],
  err_older_engine: [
    "该额度由旧版规则算出，无法试算。请联系风险经理重算本季。",
    "This line was computed by an earlier version of the rules. Ask a risk manager to score the season again.",
  ],
} as const;
