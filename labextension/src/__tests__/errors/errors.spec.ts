import { NotebookErrors } from '../../errors/errors';

const error = { name: 'NameError', value: 'revenu' };

describe('NotebookErrors', () => {
  it('forgets the errors of cells that are gone', () => {
    const errors = new NotebookErrors();
    ['a', 'b', 'c'].forEach(cellId => errors.add({ cellId, error }));
    const changed: string[] = [];
    errors.changed.connect((sender, cellId) => changed.push(cellId));
    errors.retain(() => ['b', 'd']);
    expect(errors.all().map(({ cellId }) => cellId)).toEqual(['b']);
    expect(changed).toEqual(['a', 'c']);
  });

  it('does not ask for the cells where there is no error', () => {
    const cellIds = jest.fn(() => []);
    new NotebookErrors().retain(cellIds);
    expect(cellIds).not.toHaveBeenCalled();
  });
});
