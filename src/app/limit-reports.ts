/**
 * Passes on at most so many reports of one key a minute; the next one after says how many were held back. For log lines that callers can
 * cause. `nowMs` is never set back. Keeps no more keys than there are issuers and reasons.
 */
export function limitReports(
  report: (key: string, fields: Readonly<Record<string, unknown>>) => void,
  options: { readonly perMinute: number; readonly nowMs?: () => number },
): (key: string, fields: Readonly<Record<string, unknown>>) => void {
  const { perMinute, nowMs = () => performance.now() } = options;
  const windows = new Map<string, { from: number; count: number; heldBack: number }>();
  return (key, fields) => {
    const known = windows.get(key);
    const isOpen = known !== undefined && nowMs() - known.from < 60_000;
    if (isOpen && known.count >= perMinute) {
      known.heldBack += 1;
      return;
    }
    const heldBack = isOpen ? 0 : (known?.heldBack ?? 0);
    const window = isOpen ? known : { from: nowMs(), count: 0, heldBack: 0 };
    window.count += 1;
    windows.set(key, window);
    report(key, heldBack > 0 ? { ...fields, heldBack } : fields);
  };
}
