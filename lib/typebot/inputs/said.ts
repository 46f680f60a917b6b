export interface SaidFile {
  name: string;
  mime?: string;
  size?: number;
  /** An address that the bot can reach. Made only when the bot takes files. */
  url: () => Promise<string>;
}

/** What a person answered. */
export interface Said {
  text: string;
  /** A click, or a typed choice that was matched already. */
  choice?: { ids: readonly string[]; context?: string };
  files: readonly SaidFile[];
}
