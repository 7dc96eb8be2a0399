/** One event of a `text/event-stream`. */
export interface IServerSentEvent {
  /** Its name; `message` where the stream gives none. */
  event: string;
  /** Its data lines, joined by line feeds. */
  data: string;
}

/**
 * Cuts the text of a `text/event-stream` into events, however the text is chunked.
 *
 * #### Notes
 * `EventSource` cannot be used: it only makes GET requests and sends no headers.
 */
export class EventParser {
  /**
   * Take the next piece of text and return the events that are complete with it.
   */
  push(text: string): IServerSentEvent[] {
    const events: IServerSentEvent[] = [];
    this._rest += text;
    let start = 0;
    for (;;) {
      const end = this._lineEnd(start);
      if (end === null) {
        break;
      }
      const event = this._line(this._rest.slice(start, end.at));
      if (event) {
        events.push(event);
      }
      start = end.next;
    }
    this._rest = this._rest.slice(start);
    return events;
  }

  private _lineEnd(start: number): { at: number; next: number } | null {
    const rest = this._rest;
    for (let at = start; at < rest.length; at++) {
      if (rest[at] === '\n') {
        return { at, next: at + 1 };
      }
      if (rest[at] === '\r') {
        if (at + 1 === rest.length) {
          // The line feed that belongs to it may still be on its way.
          return null;
        }
        return { at, next: rest[at + 1] === '\n' ? at + 2 : at + 1 };
      }
    }
    return null;
  }

  private _line(line: string): IServerSentEvent | null {
    if (line === '') {
      const data = this._data;
      const event = this._event || 'message';
      this._data = [];
      this._event = '';
      return data.length ? { event, data: data.join('\n') } : null;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') {
      this._event = value;
    } else if (name === 'data') {
      this._data.push(value);
    }
    // An empty name is a comment, which servers send to keep the connection open.
    return null;
  }

  private _data: string[] = [];
  private _event = '';
  private _rest = '';
}

/**
 * Read the events of a response's body as they arrive.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>
): AsyncGenerator<IServerSentEvent, void, undefined> {
  const reader = body.getReader();
  // One decoder for the whole stream: a character may be split between two chunks.
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    yield* parser.push(decoder.decode());
  } finally {
    // Reached too when the consumer stops early; the connection is then of no use to anyone.
    await reader.cancel().catch(() => undefined);
  }
}
