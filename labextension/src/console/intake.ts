import type { CodeCell } from '@jupyterlab/cells';

import { endsWithError } from './cells';
import type { DiagnosisModel } from '../errors/model';
import type { NotebookErrors } from '../errors/errors';
import { counts } from '../notebook/cells';
import type { PostedError } from '../protocol';
import type { IIntake, IPlace } from '../tokens';

/**
 * Takes in what goes wrong in a console's entries. A console does not say how an entry has ended, so the entry itself is
 * watched.
 */
export class ConsoleIntake implements IIntake {
  /**
   * @param options - The console, and who goes on with its errors.
   */
  constructor(options: ConsoleIntake.IOptions) {
    this._options = options;
  }

  onSeen(cell: CodeCell, error: PostedError): void {
    const { errors, onRaised, place } = this._options;
    // An entry runs once: one that does not run was not entered here.
    if (
      cell.model.executionState !== 'running' ||
      !place.speaksPython ||
      !counts(cell, error.name)
    ) {
      return;
    }
    const model = errors.add({ cellId: cell.model.id, error, foreseen: true });
    const onState = () => {
      if (cell.model.executionState !== 'idle') {
        return;
      }
      cell.model.stateChanged.disconnect(onState);
      if (model.isDisposed) {
        return;
      }
      if (endsWithError(cell)) {
        model.confirm();
        onRaised(model);
      } else {
        errors.remove(model.cellId);
      }
    };
    cell.model.stateChanged.connect(onState);
  }

  private readonly _options: ConsoleIntake.IOptions;
}

/** The namespace for `ConsoleIntake`'s options. */
export namespace ConsoleIntake {
  /** The console, and who goes on with its errors. */
  export interface IOptions {
    /** The errors of the console. */
    errors: NotebookErrors;
    /** Called with an error of an entry that has just ended. */
    onRaised: (model: DiagnosisModel) => void;
    /** The console. */
    place: Pick<IPlace, 'speaksPython'>;
  }
}
