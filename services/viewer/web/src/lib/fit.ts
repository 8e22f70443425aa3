/** How large a picture stands in a bubble: at most 430 wide and high, at least 100, in its own shape where that fits. */
export function fitSize(
  width: number | null,
  height: number | null,
  max = 430,
  min = 100,
): { width: number; height: number } {
  const [w, h] = width && height && width > 0 && height > 0 ? [width, height] : [max, Math.round(max * 0.75)];
  const scale = Math.min(1, max / w, max / h);
  // Small pictures are not blown up beyond twice their size, but they get room for the time on them.
  const up = scale === 1 ? Math.min(2, Math.max(1, 200 / Math.max(w, h))) : scale;
  return {
    width: Math.min(max, Math.max(min, Math.round(w * up))),
    height: Math.min(max, Math.max(min, Math.round(h * up))),
  };
}
