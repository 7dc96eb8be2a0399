/**
 * Have the browser save a text as a file.
 *
 * @param name - The file's name.
 * @param text - What is in it.
 * @param type - Its MIME type.
 */
export function saveText(
  name: string,
  text: string,
  type = 'application/json'
): void {
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([text], { type }));
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
