// Texts of imagery on the map, Chinese first; they come with its control.
import { texts } from "./state";

export const t = texts({
  imagery: ["卫星影像", "Satellite images"],
  imageryOff: ["不显示", "Off"],
  trueColour: ["真彩色", "True colour"],
  vegetation: ["植被", "Vegetation"],
  imageryDate: ["影像日期", "Date of the image"],
  clearIs: ["无云 {x}", "{x} clear"],
  strength: ["不透明度 {x}%", "Opacity {x}%"],
  strengthLabel: ["影像不透明度", "Opacity of the image"],
  bare: ["裸地", "Bare"],
  dense: ["茂密", "dense"],
  cloudHatch: ["斜线处为云、云影或雪，看不到地面", "Hatched: cloud, shadow or snow hides the ground"],
  cloudyMarks: ["高实心：晴；低空心：多云", "Tall, filled: clear. Low, hollow: cloudy"],
  compare: ["对比两个日期", "Compare two dates"],
  compareEnd: ["结束对比", "End the comparison"],
  compareLeft: ["左侧", "Left"],
  compareRight: ["右侧", "Right"],
  compareNone: [
    "这台设备开不了第二幅地图，无法对比；请拖动日期逐个查看。",
    "This device has no room for a second map. Look at the dates one after the other.",
  ],
  divider: ["分界线：左右拖动，或按方向键", "Divider: drag it, or press the arrow keys"],
  dividerSays: ["左侧 {left}；右侧 {right}；分界在 {x}%", "Left {left}; right {right}; divider at {x}%"],
});
