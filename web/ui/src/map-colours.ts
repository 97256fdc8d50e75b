/** Five steps from small to large lines, legible on the map's ground. */
export const lineColours = (dark: boolean): string[] =>
  dark
    ? ["#2c4a5a", "#2f6f78", "#3f9a80", "#83c476", "#e2e57a"]
    : ["#e7e6a8", "#b3d391", "#6fb68a", "#338a83", "#1d5a6c"];
