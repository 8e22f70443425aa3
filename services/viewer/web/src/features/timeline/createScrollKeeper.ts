import { createSignal, onCleanup } from "solid-js";
import { reducedMotion } from "~/primitives/media";

/** What is nearer to the end than this counts as reading along. */
const NEAR = 50;
/** Farther jumps are not animated over their whole way. */
const ANIMATED = 1000;

type Anchor = { element: HTMLElement; top: number };

/**
 * Keeps the eye's place while the page changes above or below it. Whoever reads along stays at the end; everybody else
 * keeps the entry at the upper edge where it is, whatever is put in, taken out, or grows.
 */
export function createScrollKeeper(atEnd: () => boolean) {
  let scroller: HTMLElement | undefined;
  let anchor: Anchor | undefined;
  let follow = true;
  let frame = 0;
  let target: number | undefined;
  const [fromEnd, setFromEnd] = createSignal(0);
  const [scrolling, setScrolling] = createSignal(false);
  let idle: ReturnType<typeof setTimeout> | undefined;
  const listeners: (() => void)[] = [];

  const distance = () => (scroller ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop : 0);
  const entries = () => (scroller ? [...scroller.querySelectorAll<HTMLElement>("[data-key]")] : []);

  /** The first entry that is whole in view: one that is cut may be an album that still grows. */
  function remember() {
    if (!scroller) return;
    const edge = scroller.getBoundingClientRect().top;
    const list = entries();
    const whole = list.find((e) => e.getBoundingClientRect().top >= edge) ?? list.at(-1);
    anchor = whole ? { element: whole, top: whole.getBoundingClientRect().top - edge } : undefined;
    follow = atEnd() && distance() < NEAR;
  }

  function restore() {
    if (!scroller || target !== undefined) return;
    if (follow && atEnd()) {
      scroller.scrollTop = scroller.scrollHeight;
    } else if (anchor?.element.isConnected) {
      const now = anchor.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      if (Math.abs(now - anchor.top) > 0.5) scroller.scrollTop += now - anchor.top;
    }
    setFromEnd(distance());
  }

  function onScroll() {
    setScrolling(true);
    clearTimeout(idle);
    idle = setTimeout(() => {
      target = undefined;
      setScrolling(false);
      for (const listener of listeners) listener();
    }, 1000);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      if (target !== undefined && scroller && Math.abs(scroller.scrollTop - target) < 2) target = undefined;
      remember();
      setFromEnd(distance());
    });
  }

  const resized = new ResizeObserver(() => restore());

  function attach(outer: HTMLElement, content: HTMLElement) {
    scroller = outer;
    outer.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(content);
    resized.observe(outer);
  }

  function moveTo(top: number, smooth: boolean) {
    if (!scroller) return;
    const max = scroller.scrollHeight - scroller.clientHeight;
    const to = Math.min(max, Math.max(0, top));
    const from = scroller.scrollTop;
    if (!smooth || reducedMotion() || Math.abs(to - from) < 2) {
      scroller.scrollTop = to;
      target = undefined;
      remember();
      return;
    }
    if (Math.abs(to - from) > ANIMATED) scroller.scrollTop = to + Math.sign(from - to) * ANIMATED;
    target = to;
    follow = false;
    scroller.scrollTo({ top: to, behavior: "smooth" });
  }

  function find(key: string): HTMLElement | undefined {
    return scroller?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? undefined;
  }

  /** Brings an entry to the middle, or to `top` below the upper edge. */
  function show(key: string, options: { smooth?: boolean; top?: number } = {}): boolean {
    const element = find(key);
    if (!element || !scroller) return false;
    follow = false;
    const box = element.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    const wanted = options.top ?? Math.max(20, (view.height - box.height) / 2);
    moveTo(scroller.scrollTop + box.top - view.top - wanted, options.smooth ?? false);
    return true;
  }

  function toEnd(smooth: boolean) {
    if (!scroller) return;
    moveTo(scroller.scrollHeight, smooth);
    follow = true;
  }

  /** The key of the entry one reads, and where it stands. */
  function reading(): { key: string; top: number } | null {
    if (atEnd() && distance() < NEAR) return null;
    remember();
    const key = anchor?.element.dataset.key;
    return key && anchor ? { key, top: anchor.top } : null;
  }

  onCleanup(() => {
    resized.disconnect();
    scroller?.removeEventListener("scroll", onScroll);
    clearTimeout(idle);
    cancelAnimationFrame(frame);
  });

  return {
    attach,
    restore,
    show,
    toEnd,
    reading,
    fromEnd,
    scrolling,
    onIdle: (listener: () => void) => listeners.push(listener),
    /** Scrolls by parts of a view, for keys. */
    page: (views: number) =>
      scroller?.scrollBy({ top: views * scroller.clientHeight * 0.85, behavior: "smooth" }),
    scroller: () => scroller,
  };
}

export type ScrollKeeper = ReturnType<typeof createScrollKeeper>;
