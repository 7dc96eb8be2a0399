import type { TranslationBundle } from '@jupyterlab/translation';

import type { DiagnosisModel } from '../errors/model';
import type {
  Done,
  Fix,
  LoadRequest,
  TrialRequest,
  Trouble
} from '../protocol';
import { checkedSentence } from '../sentences';
import type { IDoctorClient, JobEvent, TrialEvent } from '../tokens';

/** What the jobs share: each is asked for by a click, and its stream's progress is shown in the card. */
export interface IJob {
  /** The server part. */
  client: Pick<IDoctorClient, 'check' | 'install'>;
  /** The kernel; empty where none runs. */
  kernelId: string;
  /** The error. */
  model: DiagnosisModel;
  /** The translation. */
  trans: TranslationBundle;
}

/**
 * Load nbdoctor in the kernel.
 *
 * @param job - For whom.
 * @param request - The error that the kernel is to look at once more.
 * @returns Whether it is loaded.
 */
export async function loadInKernel(
  job: IJob & { client: Pick<IDoctorClient, 'load'> },
  request: LoadRequest
): Promise<boolean> {
  const { client, kernelId, model, trans } = job;
  const heard: { done?: Done; trouble?: Trouble } = {};
  await model.follow<JobEvent>(
    signal => {
      model.setProgress(trans.__('Loading nbdoctor in this kernel'));
      return client.load(kernelId, request, signal);
    },
    event => {
      if (event.event === 'progress') {
        model.setProgress(event.data.sentence);
      } else if (event.event === 'trouble') {
        heard.trouble = event.data;
      } else if (event.event === 'done') {
        heard.done = event.data;
      }
    }
  );
  if (heard.done?.ok) {
    return true;
  }
  const trouble = heard.trouble ?? Private.trouble('load', heard.done);
  if (trouble) {
    model.fail(trouble);
  }
  return false;
}

/**
 * Try a fix in a copy of the kernel. Its verdict is shown, and nothing is changed.
 *
 * @returns The fix with its new verdict; null where the check was stopped or there was trouble.
 */
export async function checkFix(
  job: IJob,
  request: TrialRequest
): Promise<Fix | null> {
  const { client, kernelId, model, trans } = job;
  const heard: { done?: Done; fix?: Fix; trouble?: Trouble } = {};
  const ended = await model.follow<TrialEvent>(
    signal => {
      model.setProgress(trans.__('Checking the fix in a copy of your kernel'));
      return client.check(kernelId, request, signal);
    },
    event => {
      switch (event.event) {
        case 'progress':
          model.setProgress(event.data.sentence);
          break;
        case 'words':
          model.addOutput(event.data.text);
          break;
        case 'fix':
          if (event.data.id === request.fix.id) {
            heard.fix = event.data;
            model.takeFix(event.data);
          }
          break;
        case 'trouble':
          heard.trouble = event.data;
          break;
        case 'done':
          heard.done = event.data;
          break;
      }
    },
    request.fix.id
  );
  if (!ended) {
    return null;
  }
  const { fix } = heard;
  const trouble =
    heard.trouble ?? (fix ? null : Private.trouble('trial', heard.done));
  if (trouble) {
    model.fail(trouble);
  }
  if (fix) {
    model.say(checkedSentence(fix.verdict, trans));
  }
  return fix && !trouble ? fix : null;
}

/**
 * Install a distribution in the kernel's environment; never rejects.
 *
 * @param job - For whom.
 * @param requirement - The distribution.
 * @param signal - Aborted when the person stops it.
 */
export async function install(
  job: IJob,
  requirement: string,
  signal: AbortSignal
): Promise<Done> {
  const { client, kernelId, model, trans } = job;
  if (!kernelId) {
    return {
      ok: false,
      sentence: trans.__('Start a kernel first, then try again.')
    };
  }
  let done: Done = { ok: false };
  let said = '';
  model.setProgress(trans.__('Installing %1', requirement));
  try {
    for await (const event of client.install(kernelId, requirement, signal)) {
      if (event.event === 'words') {
        model.addOutput(event.data.text);
      } else if (event.event === 'progress') {
        model.setProgress(event.data.sentence);
      } else if (event.event === 'trouble') {
        said = [event.data.message, event.data.hint].filter(Boolean).join(' ');
      } else if (event.event === 'done') {
        done = event.data;
      }
    }
  } catch (reason) {
    // A `RequestError`'s message is its trouble's.
    const message = reason instanceof Error ? reason.message : String(reason);
    said = signal.aborted ? trans.__('Stopped.') : message;
  }
  model.setProgress('');
  return { ...done, sentence: done.sentence || said };
}

namespace Private {
  /** What went wrong with a job that told no more than its end. */
  export function trouble(code: string, done?: Done): Trouble | null {
    return done && !done.ok && done.sentence
      ? { code, message: done.sentence }
      : null;
  }
}
