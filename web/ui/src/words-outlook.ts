/** Words of a household's outlook. */
export const outlookWords = {
  outlook: ["看收成分布，波动来自哪里", "What the harvest may bring, and what that hangs on"],
  outlookClose: ["收起收成分布", "Close the outlook"],
  outlookTitle: ["收成时可用现金的分布", "How cash at harvest is spread"],
  outlookHelp: [
    "{n} 次模拟收成，按金额分档；柱越高越可能。标红的收成还不上本息（▲ 处）。",
    "{n} simulated harvests by amount: the higher the bar, the likelier. Red, left of ▲: harvests that do not cover the line with its interest.",
  ],
  outlookOwed: ["本息 {x}", "owed {x}"],
  outlookShort: ["{p} 的收成不足以还清本息 {x}。", "{p} of the harvests do not cover the {x} that would be owed."],
  outlookNever: ["没有一次收成不足以还清本息 {x}。", "None of the harvests falls short of the {x} that would be owed."],
  outlookDrives: ["波动来自哪里", "What the spread hangs on"],
  outlookDrivesHelp: [
    "若该项已知，偏低到偏高（P10–P90）的宽度会缩小多少。各项相互作用，不能相加。",
    "By how much P10 to P90 would be narrower if this were known. They act together and do not add up.",
  ],
  outlookSure: ["没有不确定的来源。", "Nothing is uncertain."],
  drive_match: ["地块与影像是否对应", "Whether parcels are the fields seen"],
  drive_crop: ["种的是什么", "What is grown"],
  drive_yield: ["各地块自身的单产", "Each parcel's own yield"],
  drive_county: ["全县年景", "The county's year"],
  drive_price: ["收获时的价格", "The price at harvest"],
  outlookFrom: ["金额", "Amount"],
  outlookHow: ["收成占比", "Share of harvests"],
  outlookRange: ["{a} 至 {b}", "{a} to {b}"],
  outlookMore: ["{a} 以上", "{a} and more"],
} as const;
