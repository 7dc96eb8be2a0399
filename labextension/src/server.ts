import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ServerStatus, Trouble } from './protocol';
import { RequestError } from './request';
import type { IDoctorClient, IServerState } from './tokens';

/** Asks the server part how it is configured, once, and remembers the answer. */
export class ServerState implements IServerState {
  /**
   * @param client - The server part.
   */
  constructor(client: Pick<IDoctorClient, 'status'>) {
    this._client = client;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get status(): ServerStatus | null {
    return this._status;
  }

  get trouble(): Trouble | null {
    return this._trouble;
  }

  /**
   * Ask, unless it has answered before. A failure is not remembered, so that a server that was started again is found.
   */
  load(): Promise<ServerStatus | null> {
    this._pending ??= this._load();
    return this._pending;
  }

  private async _load(): Promise<ServerStatus | null> {
    try {
      this._status = await this._client.status();
      this._trouble = null;
    } catch (reason) {
      this._pending = null;
      this._trouble =
        reason instanceof RequestError
          ? reason.trouble
          : { code: 'unexpected', message: String(reason) };
    }
    this._changed.emit();
    return this._status;
  }

  private _changed = new Signal<this, void>(this);
  private readonly _client: Pick<IDoctorClient, 'status'>;
  private _pending: Promise<ServerStatus | null> | null = null;
  private _status: ServerStatus | null = null;
  private _trouble: Trouble | null = null;
}
