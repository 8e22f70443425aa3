import { type Accessor, createSignal, onCleanup } from "solid-js";

/** A ref, and whether its element is in view and the page is looked at: moving pictures move only then. */
export function createInView(margin = "0px"): [(el: Element) => void, Accessor<boolean>] {
  const [inView, setInView] = createSignal(false);
  let visible = false;
  const update = () => setInView(visible && !document.hidden);
  const observer = new IntersectionObserver(
    (entries) => {
      visible = entries.at(-1)?.isIntersecting ?? false;
      update();
    },
    { rootMargin: margin },
  );
  document.addEventListener("visibilitychange", update);
  onCleanup(() => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", update);
  });
  return [(el) => observer.observe(el), inView];
}
