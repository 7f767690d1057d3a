/**
 * Says what is going on while it goes on: on standard error, so that standard output stays data.
 * A terminal gets one line that counts seconds; anything else gets a line at the start, every ten seconds and at the end.
 */
export interface Progress {
  /** Announces a piece of work, runs it and says how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** @param stream where lines go; coloured only if it is a terminal and NO_COLOR is not set */
export function progressTo(stream: NodeJS.WriteStream): Progress {
  const isLive = stream.isTTY && process.env["NO_COLOR"] === undefined;
  return {
    async step(title, work) {
      const started = Date.now();
      const seconds = (digits: number): string => `${((Date.now() - started) / 1000).toFixed(digits)} s`;
      stream.write(isLive ? `  ${title} …` : `${title} …\n`);
      const timer = setInterval(() => stream.write(isLive ? `\r  ${title} … ${seconds(0)}` : `${title} … ${seconds(0)}\n`), isLive ? 1000 : 10_000);
      let isDone = false;
      try {
        const result = await work();
        isDone = true;
        return result;
      } finally {
        clearInterval(timer);
        const mark = isDone ? "done" : "failed";
        stream.write(isLive ? `\r\u001b[K${isDone ? "\u001b[32m✓\u001b[0m" : "\u001b[31m✗\u001b[0m"} ${title} (${seconds(1)})\n` : `${title}: ${mark} in ${seconds(1)}\n`);
      }
    },
  };
}
