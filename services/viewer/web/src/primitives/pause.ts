/** Lets the page answer and draw before what comes next. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
