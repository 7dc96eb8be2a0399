import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ServerStatus, Trouble } from '../protocol';
import type { IDoctorClient, IServerState } from '../tokens';
import { troubleOf } from './trouble';

/** Asks the server part how it is configured, later how its models stand, and remembers the answer. */
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

  get looked(): boolean {
    return this._looked;
  }

  /**
   * Ask, unless it has answered before. A failure is not remembered, so that a server that was started again is found.
   *
   * @param look - Ask in any case, and the model servers, too.
   */
  async load(look = false): Promise<ServerStatus | null> {
    if (look) {
      await this._pending;
    }
    if (look || !this._status) {
      this._pending ??= this._load(look);
      await this._pending;
    }
    return this._status;
  }

  private async _load(look: boolean): Promise<void> {
    try {
      this._status = await this._client.status(look);
      this._looked = look;
      this._trouble = null;
    } catch (reason) {
      // What it said before stands: a setting that is locked does not open because a server restarts.
      this._trouble = troubleOf(reason);
    }
    this._pending = null;
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private readonly _client: Pick<IDoctorClient, 'status'>;
  private _looked = false;
  private _pending: Promise<void> | null = null;
  private _status: ServerStatus | null = null;
  private _trouble: Trouble | null = null;
}
