import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Confinement } from '../protocol';
import type { IDoctorClient, IKernelState } from '../tokens';

/** Asks a notebook's kernel how it confines its trials, once a kernel, and remembers the answer. */
export class KernelState implements IKernelState {
  /**
   * @param client - The server part.
   * @param kernelId - The notebook's kernel now; empty where none runs.
   */
  constructor(client: Pick<IDoctorClient, 'kernel'>, kernelId: () => string) {
    this._client = client;
    this._kernelId = kernelId;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get confinement(): Confinement | null {
    // What was said of another kernel is not true of this one.
    return this._asked === this._kernelId() ? this._confinement : null;
  }

  async load(): Promise<void> {
    const asked = this._kernelId();
    if (asked === this._asked) {
      return;
    }
    this._asked = asked;
    this._confinement = null;
    let confinement: Confinement | null = null;
    if (asked) {
      try {
        confinement = (await this._client.kernel(asked)).confinement ?? null;
      } catch {
        // The cards say what is the matter.
      }
    }
    if (asked !== this._asked) {
      return;
    }
    if (!confinement) {
      // Not remembered: nbdoctor may be loaded later.
      this._asked = '';
      return;
    }
    this._confinement = confinement;
    this._changed.emit();
  }

  private _asked = '';
  private _changed = new Signal<this, void>(this);
  private readonly _client: Pick<IDoctorClient, 'kernel'>;
  private _confinement: Confinement | null = null;
  private readonly _kernelId: () => string;
}
