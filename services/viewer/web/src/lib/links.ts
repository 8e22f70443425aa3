/** Where text may lead. Everything that is archived is untrusted: no scheme but these is ever a link. */
const SCHEMES = new Set(["http:", "https:", "tg:", "mailto:", "tel:"]);

export function safeUrl(text: string): string | undefined {
  const parse = (s: string) => {
    try {
      return new URL(s);
    } catch {
      return undefined;
    }
  };
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/:]+:\d+(\/|$)/.test(text);
  const url = parse(hasScheme ? text : `https://${text}`);
  return url && SCHEMES.has(url.protocol) ? url.href : undefined;
}

/** The chat and message that a link of Telegram's to a private chat names: `t.me/c/123/45`. */
export function telegramMessage(url: string): { chat: number; message: number } | undefined {
  const m = /^https?:\/\/(?:www\.)?(?:t|telegram)\.me\/c\/(\d+)(?:\/\d+)?\/(\d+)/.exec(url);
  return m ? { chat: -1_000_000_000_000 - Number(m[1]), message: Number(m[2]) } : undefined;
}

/** Whether the address is what the text says, so that no question is needed before it is opened. */
export function saysItself(text: string, url: string): boolean {
  const bare = (s: string) =>
    s
      .replace(/^https?:\/\//, "")
      .replace(/^www\./, "")
      .replace(/\/$/, "")
      .toLowerCase();
  return bare(url) === bare(text);
}
