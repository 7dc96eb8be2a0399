import type { DiagnosisModel } from '../errors/model';
import type { IDeath } from '../errors/state';
import type { Cell, DeathRequest, DiagnosisRequest } from '../protocol';
import { RequestError } from '../server/request';
import type { DiagnosisEvent, IDoctor, IDoctorClient } from '../tokens';

/** Asks for the diagnoses of one notebook, on request and by itself. */
export class Diagnoser {
  /**
   * @param options - The notebook, its kernel and the services.
   */
  constructor(options: Diagnoser.IOptions) {
    this._options = options;
  }

  /** A cell has just failed: do what the settings say. */
  byItself(model: DiagnosisModel): void {
    const { auto, server } = this._options.doctor;
    if (auto === 'off') {
      void server.load();
    } else if (auto === 'server') {
      this._start(model, 'auto', '', true);
    } else {
      this.ask(model, auto === 'rules' ? 'never' : 'always');
    }
  }

  /**
   * The person asks for a diagnosis.
   *
   * @param model - The error.
   * @param ask - Whether the model is asked.
   * @param remark - What the person tells the model.
   */
  ask(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    remark = ''
  ): void {
    this._start(model, ask, remark, false);
  }

  private _start(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    remark: string,
    waits: boolean
  ): void {
    const request = this._request(model, ask, remark);
    if (request) {
      const diagnose: IDoctorClient['diagnose'] = (request, signal) =>
        this._stream(request, signal, waits, model.death);
      void model.diagnose({ diagnose }, request).then(() => {
        this._options.onDiagnosed(model);
      });
    }
  }

  /**
   * Open the stream. What the server part says of itself is known before: whether hints come first depends on it.
   *
   * @param waits - Whether the server may be configured to wait for a click.
   * @param death - The kernel that died, where that is to be explained.
   */
  private async *_stream(
    request: DiagnosisRequest,
    signal: AbortSignal,
    waits: boolean,
    death: IDeath | null
  ): AsyncGenerator<DiagnosisEvent, void, undefined> {
    const { client, doctor } = this._options;
    const status = await doctor.server.load();
    if (!status && waits) {
      throw new RequestError(
        doctor.server.trouble ?? { code: 'unexpected', message: '' }
      );
    }
    if (!signal.aborted && !(waits && status?.auto === 'off')) {
      yield* death
        ? client.explain(death.kernelId, Private.about(request, death), signal)
        : client.diagnose(request, signal);
    }
  }

  private _request(
    { cellId, error }: DiagnosisModel,
    model: DiagnosisRequest['model'],
    remark: string
  ): DiagnosisRequest | null {
    const cells = this._options.cells();
    const cell = cells.find(({ id }) => id === cellId);
    const kernel_id = this._options.kernelId();
    const said = remark ? { remark } : {};
    return cell ? { kernel_id, cell, error, cells, model, ...said } : null;
  }

  private readonly _options: Diagnoser.IOptions;
}

/** The namespace for `Diagnoser`'s options. */
export namespace Diagnoser {
  /** The notebook, its kernel and the services. */
  export interface IOptions {
    /** The notebook's cells as they are now, in order. */
    cells: () => Cell[];
    /** The server part. */
    client: Pick<IDoctorClient, 'diagnose' | 'explain'>;
    /** Whose settings hold. */
    doctor: Pick<IDoctor, 'auto' | 'server'>;
    /** The kernel now; empty where none runs. */
    kernelId: () => string;
    /** Called when a diagnosis has ended, however it did. */
    onDiagnosed: (model: DiagnosisModel) => void;
  }
}

namespace Private {
  /** What is asked about a kernel that died. */
  export function about(
    { cell, cells, model, remark }: DiagnosisRequest,
    { ran, running }: IDeath
  ): DeathRequest {
    return { cell: running ? cell : null, cells, ran, model, remark };
  }
}
