import { createSignal, onCleanup } from "solid-js";
import { reducedMotion } from "~/primitives/media";

/** What is nearer to the end than this counts as reading along. */
const NEAR = 50;
/** Farther jumps are not animated over their whole way. */
const ANIMATED = 1000;

/** How long a movement takes, in milliseconds. */
const MOVEMENT = 350;

type Anchor = { element: HTMLElement; top: number };
/** Where somebody is led to: an entry, as far below the upper edge as `top` says, or the end. */
type Aim = { key: string; top: ((entry: DOMRect, view: DOMRect) => number) | number } | "end";

/**
 * Keeps the eye's place while the page changes above or below it. Whoever reads along stays at the end; who was led to an
 * entry stays at it until they scroll; everybody else keeps the entry at the upper edge where it is. What is put in, taken
 * out, or grows on the way changes nothing of that.
 */
export function createScrollKeeper(atEnd: () => boolean) {
  let scroller: HTMLElement | undefined;
  let anchor: Anchor | undefined;
  let follow = true;
  let frame = 0;
  let aim: Aim | undefined;
  /** A movement towards the aim, wherever that goes meanwhile: when it began, and how far from the aim. */
  let moving: { since: number; away: number } | undefined;
  /** Where the last of our own steps ended. */
  let put = 0;
  const [fromEnd, setFromEnd] = createSignal(0);
  const [scrolling, setScrolling] = createSignal(false);
  let idle: ReturnType<typeof setTimeout> | undefined;
  let stepping = 0;
  const listeners: (() => void)[] = [];

  const distance = () => (scroller ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop : 0);
  const entries = () => (scroller ? [...scroller.querySelectorAll<HTMLElement>("[data-key]")] : []);

  /** The first entry that is whole in view: one that is cut may be an album that still grows. */
  function remember(staysAtEnd = false) {
    if (!scroller) return;
    const edge = scroller.getBoundingClientRect().top;
    const list = entries();
    const whole = list.find((e) => e.getBoundingClientRect().top >= edge) ?? list.at(-1);
    anchor = whole ? { element: whole, top: whole.getBoundingClientRect().top - edge } : undefined;
    follow = staysAtEnd || (atEnd() && distance() < NEAR);
  }

  function scrollTo(top: number) {
    if (!scroller) return;
    scroller.scrollTop = top;
    put = scroller.scrollTop;
  }

  /** How far the page would have to be scrolled for the aim to stand where it should; undefined if it is gone. */
  function destination(): number | undefined {
    if (!scroller || aim === undefined) return undefined;
    const max = scroller.scrollHeight - scroller.clientHeight;
    if (aim === "end") return max;
    const entry = find(aim.key)?.getBoundingClientRect();
    if (!entry) return undefined;
    const view = scroller.getBoundingClientRect();
    const top = typeof aim.top === "number" ? aim.top : aim.top(entry, view);
    return Math.min(max, Math.max(0, scroller.scrollTop + entry.top - view.top - top));
  }

  function restore() {
    if (!scroller) return;
    const to = destination();
    if (to === undefined) {
      aim = moving = undefined;
      if (follow && atEnd()) {
        scrollTo(scroller.scrollHeight);
      } else if (anchor?.element.isConnected) {
        const now = anchor.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
        if (Math.abs(now - anchor.top) > 0.5) scrollTo(scroller.scrollTop + now - anchor.top);
      }
    } else {
      const top = to + away();
      if (Math.abs(top - scroller.scrollTop) > 0.5) scrollTo(top);
    }
    setFromEnd(distance());
  }

  /** How far from the aim the movement is by now: fast at first, slow at the end. */
  function away(): number {
    if (moving === undefined) return 0;
    const left = Math.max(0, 1 - (performance.now() - moving.since) / MOVEMENT);
    return moving.away * left ** 3;
  }

  /** Our own steps, not the browser's: its movement goes to a place, and the aim may be elsewhere by then. */
  function step() {
    if (moving === undefined) return;
    if (performance.now() - moving.since >= MOVEMENT) moving = undefined;
    restore();
    if (moving === undefined) settle();
    else stepping = requestAnimationFrame(step);
  }

  /** At the aim: an entry is held, the end is followed. */
  function settle() {
    remember();
    if (scroller) put = scroller.scrollTop;
    if (aim !== "end") return;
    aim = undefined;
    follow = true;
  }

  /** Somebody scrolls, or is about to: nothing leads them any longer. */
  function letGo() {
    if (aim === undefined) return;
    aim = moving = undefined;
    remember();
  }

  function onScroll() {
    setScrolling(true);
    clearTimeout(idle);
    idle = setTimeout(() => {
      setScrolling(false);
      for (const listener of listeners) listener();
    }, 1000);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      if (!scroller) return;
      if (moving === undefined) {
        // By the scroll bar, or by the browser itself: to what it found on the page, or to what has the focus.
        const isOurs = Math.abs(scroller.scrollTop - put) <= 1;
        if (!isOurs) aim = undefined;
        // What came above or below since our own step is answered by `restore`; nobody left the end by that.
        remember(isOurs && follow);
      }
      setFromEnd(distance());
    });
  }

  const resized = new ResizeObserver(() => restore());
  const byHand = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

  function attach(outer: HTMLElement, content: HTMLElement) {
    scroller = outer;
    outer.addEventListener("scroll", onScroll, { passive: true });
    for (const event of byHand) outer.addEventListener(event, letGo, { passive: true });
    resized.observe(content);
    resized.observe(outer);
  }

  /** Leads to the aim, and holds it there. */
  function lead(to: Aim, smooth: boolean) {
    if (!scroller) return;
    aim = to;
    moving = undefined;
    follow = false;
    cancelAnimationFrame(stepping);
    const top = destination();
    if (top === undefined) return;
    const away = scroller.scrollTop - top;
    if (!smooth || reducedMotion() || document.hidden || Math.abs(away) < 2) {
      scrollTo(top);
      settle();
      return;
    }
    moving = {
      since: performance.now(),
      away: Math.sign(away) * Math.min(Math.abs(away), ANIMATED),
    };
    step();
  }

  function find(key: string): HTMLElement | undefined {
    return scroller?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? undefined;
  }

  /** Brings an entry to the middle, or to `top` below the upper edge. */
  function show(key: string, options: { smooth?: boolean; top?: number } = {}): boolean {
    if (!find(key)) return false;
    const middle = (entry: DOMRect, view: DOMRect) => Math.max(20, (view.height - entry.height) / 2);
    lead({ key, top: options.top ?? middle }, options.smooth ?? false);
    return true;
  }

  function toEnd(smooth: boolean) {
    lead("end", smooth);
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
    for (const event of byHand) scroller?.removeEventListener(event, letGo);
    clearTimeout(idle);
    cancelAnimationFrame(frame);
    cancelAnimationFrame(stepping);
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
    page: (views: number) => {
      letGo();
      scroller?.scrollBy({ top: views * scroller.clientHeight * 0.85, behavior: "smooth" });
    },
    letGo,
    scroller: () => scroller,
  };
}

export type ScrollKeeper = ReturnType<typeof createScrollKeeper>;
