import type { ServerConnection } from '@jupyterlab/services';

import type {
  About,
  Correction,
  DeathRequest,
  DiagnosisRequest,
  KernelStatus,
  LoadRequest,
  ServerStatus,
  TrialRequest
} from '../protocol';
import type { Lost } from '../errors/state';
import { EndedHere, findKernel } from './lost';
import { Turns } from './turns';
import { request } from './request';
import { readEvents } from './sse';
import type {
  DiagnosisEvent,
  IDoctorClient,
  JobEvent,
  TrialEvent
} from '../tokens';

/**
 * How many streams may be open at once. A browser opens six connections to a host over HTTP/1.1, and JupyterLab needs
 * some of them for itself.
 */
const MAX_STREAMS = 3;

/** The server part, over HTTP. */
export class DoctorClient implements IDoctorClient {
  /**
   * @param settings - How to reach the Jupyter server.
   */
  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
  }

  async find(kernelId: string): Promise<Lost | null> {
    const found = await findKernel(kernelId, this._settings);
    return found === 'kernel' && this._ended.recently ? null : found;
  }

  async about(kind: string): Promise<About> {
    const path = `kinds/${encodeURIComponent(kind)}`;
    const response = await request(path, this._settings);
    return (await response.json()) as About;
  }

  async status(look = false): Promise<ServerStatus> {
    const path = look ? 'status?look=1' : 'status';
    const response = await request(path, this._settings);
    return (await response.json()) as ServerStatus;
  }

  async keep(correction: Correction): Promise<void> {
    const body = JSON.stringify(correction);
    await request('corrections', this._settings, { method: 'POST', body });
  }

  async corrections(): Promise<Correction[]> {
    const response = await request('corrections', this._settings);
    return (await response.json()) as Correction[];
  }

  async forget(number?: number): Promise<void> {
    const path = number === undefined ? '' : `/${number}`;
    await request(`corrections${path}`, this._settings, { method: 'DELETE' });
  }

  diagnose(
    body: DiagnosisRequest,
    signal: AbortSignal
  ): AsyncIterable<DiagnosisEvent> {
    return this._stream<DiagnosisEvent>('diagnoses', body, signal);
  }

  explain(
    kernelId: string,
    body: DeathRequest,
    signal: AbortSignal
  ): AsyncIterable<DiagnosisEvent> {
    const path = Private.kernel(kernelId, 'death');
    return this._stream<DiagnosisEvent>(path, body, signal);
  }

  install(
    kernelId: string,
    requirement: string,
    signal: AbortSignal
  ): AsyncIterable<JobEvent> {
    const path = Private.kernel(kernelId, 'install');
    return this._stream<JobEvent>(path, { requirement }, signal);
  }

  check(
    kernelId: string,
    body: TrialRequest,
    signal: AbortSignal
  ): AsyncIterable<TrialEvent> {
    const path = Private.kernel(kernelId, 'trials');
    return this._stream<TrialEvent>(path, body, signal);
  }

  async kernel(kernelId: string): Promise<KernelStatus> {
    const response = await request(Private.kernel(kernelId), this._settings);
    return (await response.json()) as KernelStatus;
  }

  load(
    kernelId: string,
    body: LoadRequest,
    signal: AbortSignal
  ): AsyncIterable<JobEvent> {
    const path = Private.kernel(kernelId, 'load');
    return this._stream<JobEvent>(path, body, signal);
  }

  private async *_stream<E extends { event: string; data: unknown }>(
    path: string,
    body: unknown,
    signal: AbortSignal
  ): AsyncGenerator<E, void, undefined> {
    // A click does not wait behind diagnoses that started by themselves.
    const release =
      path === 'diagnoses' ? await this._turns.take(signal) : () => undefined;
    try {
      const response = await request(path, this._settings, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { Accept: 'text/event-stream' },
        signal
      });
      if (!response.body) {
        return;
      }
      for await (const { event, data } of readEvents(response.body)) {
        yield { event, data: JSON.parse(data) as unknown } as E;
      }
    } finally {
      release();
    }
  }

  private readonly _ended = new EndedHere();
  private readonly _settings: ServerConnection.ISettings;
  private readonly _turns = new Turns(MAX_STREAMS);
}

namespace Private {
  /** The path of what is asked of a kernel. */
  export function kernel(kernelId: string, ...rest: string[]): string {
    return ['kernels', encodeURIComponent(kernelId), ...rest].join('/');
  }
}
