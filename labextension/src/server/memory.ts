import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Correction } from '../protocol';
import type { IDoctorClient, IMemory, IServerState } from '../tokens';

/** What people did with fixes, as the server part keeps it. */
export class Memory implements IMemory {
  /**
   * @param client - The server part.
   * @param server - Says whether anything is kept.
   */
  constructor(
    client: Pick<IDoctorClient, 'corrections' | 'forget' | 'keep'>,
    server: Pick<IServerState, 'status'>
  ) {
    this._client = client;
    this._server = server;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async keep(correction: Correction): Promise<boolean> {
    if (this._server.status?.corrections === false) {
      return false;
    }
    try {
      await this._client.keep(correction);
    } catch (reason) {
      // What a person did stands, whether or not it can be remembered.
      console.warn('nbdoctor: a correction was not kept.', reason);
      return false;
    }
    this._changed.emit();
    return true;
  }

  list(): Promise<Correction[]> {
    return this._client.corrections();
  }

  async forget(number?: number): Promise<void> {
    await this._client.forget(number);
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private readonly _client: Pick<
    IDoctorClient,
    'corrections' | 'forget' | 'keep'
  >;
  private readonly _server: Pick<IServerState, 'status'>;
}
