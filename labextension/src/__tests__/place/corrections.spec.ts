import type { IApplied } from '../../fixes/apply';
import { Recorder } from '../../place/corrections';
import type { Correction } from '../../protocol';
import { DIAGNOSIS, diagnosed, FIX, SOURCE } from '../card/kit';

const AFTER = 'print(revenue)';

const APPLIED: IApplied = {
  ok: true,
  failedAt: null,
  edits: [{ cellId: 'c', before: SOURCE, after: AFTER }],
  inserted: [],
  reran: true,
  installSentence: '',
  restartNeeded: false
};

const RECORD: Correction = {
  outcome: 'accepted',
  fix_id: 'f',
  title: 'Write revenue',
  kind: 'name_typo',
  category: 'python',
  origin: 'rule',
  by: 'name_typo',
  status: 'passed',
  error_name: 'NameError',
  error_message: "name 'revenu' is not defined",
  before: SOURCE,
  after: AFTER
};

async function bench(kept = true) {
  const records: Correction[] = [];
  const recorder = new Recorder({
    async keep(correction) {
      records.push(correction);
      return kept;
    }
  });
  return { model: await diagnosed(), recorder, records };
}

describe('Recorder', () => {
  it('keeps what was carried out', async () => {
    const { model, recorder, records } = await bench();
    recorder.carriedOut(model, FIX, APPLIED);
    expect(records).toEqual([RECORD]);
  });

  it('keeps the text as it is where the fix left it alone', async () => {
    const { model, recorder, records } = await bench();
    recorder.carriedOut(model, FIX, { ...APPLIED, edits: [] });
    expect(records).toEqual([{ ...RECORD, after: SOURCE }]);
    recorder.ran('c', 'something else');
    expect(records).toHaveLength(1);
  });

  it('keeps that it was taken back, once', async () => {
    const { model, recorder, records } = await bench();
    recorder.carriedOut(model, FIX, APPLIED);
    recorder.undone(model);
    recorder.undone(model);
    recorder.ran('c', SOURCE);
    expect(records.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'undone'
    ]);
    recorder.carriedOut(model, FIX, APPLIED);
    expect(records).toHaveLength(3);
  });

  it.each([
    ['as the fix left it', AFTER, []],
    ['as it was before', SOURCE, [{ ...RECORD, outcome: 'undone' }]],
    [
      'otherwise',
      'print(total)',
      [{ ...RECORD, outcome: 'edited', after: 'print(total)' }]
    ]
  ])('looks at the text when it is run again: %s', async (_, text, more) => {
    const { model, recorder, records } = await bench();
    recorder.carriedOut(model, FIX, APPLIED);
    recorder.ran('c', text);
    recorder.ran('c', 'print(something, else)');
    expect(records).toEqual([RECORD, ...more]);
  });

  it('does not call accepted what did not come to its end', async () => {
    const { model, recorder, records } = await bench();
    recorder.carriedOut(model, FIX, { ...APPLIED, ok: false });
    expect(records).toEqual([]);
    recorder.ran('c', 'print(total)');
    expect(records.map(({ outcome }) => outcome)).toEqual(['edited']);
  });

  it('keeps an answer, and a yes only once with the fix', async () => {
    const { model, recorder, records } = await bench();
    expect(await recorder.judged(model, true)).toBe(true);
    expect(records).toEqual([RECORD]);
    recorder.carriedOut(model, FIX, APPLIED);
    expect(await recorder.judged(model, true)).toBe(true);
    expect(records).toHaveLength(1);
  });

  it('keeps what it should have been', async () => {
    const { model, recorder, records } = await bench();
    await recorder.judged(model, false, 'total');
    expect(records).toEqual([
      { ...RECORD, outcome: 'rejected', after: '', comment: 'total' }
    ]);
  });

  it('keeps an answer to a diagnosis without a fix, and says where it is not kept', async () => {
    const { recorder, records } = await bench(false);
    const model = await diagnosed({ fixes: [] });
    expect(await recorder.judged(model, true)).toBe(false);
    expect(records[0]).toMatchObject({
      outcome: 'accepted',
      fix_id: '',
      title: DIAGNOSIS.headline,
      status: 'not_tried',
      after: ''
    });
  });
});
