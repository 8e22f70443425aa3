/** Whether a key goes into a field, a list of choices or a menu, and is no shortcut. */
export function typing(e: KeyboardEvent): boolean {
  const target = e.target as HTMLElement | null;
  return (
    target !== null &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.closest("[role=menu]") !== null)
  );
}
