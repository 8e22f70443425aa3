/** Navigation for what is no component: the shell hands in the router's. */
let navigate: (to: string) => void = () => undefined;

export const setNavigate = (fn: (to: string) => void) => {
  navigate = fn;
};

export const go = (to: string) => navigate(to);
