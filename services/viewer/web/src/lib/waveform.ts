/** As many bars as fit, each the loudest of its share, 0..1. A silent note still shows a line. */
export function bars(samples: number[], count: number): number[] {
  if (samples.length === 0) return Array.from({ length: count }, () => 0);
  const peak = Math.max(1, ...samples);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * samples.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * samples.length) / count));
    return Math.max(...samples.slice(from, to)) / peak;
  });
}
