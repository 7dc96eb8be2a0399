import { TextDecoder, TextEncoder } from 'util';

import { EventParser, readEvents } from '../../server/sse';

// jsdom has neither.
Object.assign(globalThis, { TextDecoder, TextEncoder });

/** A body whose reader hands out the given chunks. */
function body(chunks: Uint8Array[], onCancel = () => undefined) {
  const queue = [...chunks];
  return {
    getReader: () => ({
      read: async () => {
        const value = queue.shift();
        return value ? { done: false, value } : { done: true };
      },
      cancel: async () => onCancel()
    })
  } as unknown as ReadableStream<Uint8Array>;
}

describe('EventParser', () => {
  it('parses an event that arrives whole', () => {
    const events = new EventParser().push('event: words\ndata: {"a":1}\n\n');
    expect(events).toEqual([{ event: 'words', data: '{"a":1}' }]);
  });

  it('parses the same events whatever the chunks', () => {
    const text =
      ': comment\r\nevent: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:x\n\nevent: c\rdata\r\r\n';
    const whole = new EventParser().push(text);
    expect(whole).toEqual([
      { event: 'a', data: '1\n2' },
      { event: 'message', data: 'x' },
      { event: 'c', data: '' }
    ]);
    for (let size = 1; size < text.length; size++) {
      const parser = new EventParser();
      const events = [];
      for (let at = 0; at < text.length; at += size) {
        events.push(...parser.push(text.slice(at, at + size)));
      }
      expect(events).toEqual(whole);
    }
  });

  it('says nothing of comments and of events without data', () => {
    expect(new EventParser().push(': ping\n\nevent: x\n\n')).toEqual([]);
  });
});

describe('readEvents', () => {
  it('joins characters that were split between chunks', async () => {
    const bytes = new TextEncoder().encode('data: wörld 🩺 数\n\n');
    for (let cut = 1; cut < bytes.length; cut++) {
      const events = [];
      for await (const event of readEvents(
        body([bytes.slice(0, cut), bytes.slice(cut)])
      )) {
        events.push(event.data);
      }
      expect(events).toEqual(['wörld 🩺 数']);
    }
  });

  it('cancels the body when the reader stops early', async () => {
    const cancel = jest.fn();
    const bytes = new TextEncoder().encode('data: 1\n\ndata: 2\n\n');
    for await (const event of readEvents(body([bytes], cancel))) {
      expect(event.data).toBe('1');
      break;
    }
    expect(cancel).toHaveBeenCalled();
  });
});
