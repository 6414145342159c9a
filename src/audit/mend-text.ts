const printableAscii = /^[ -~]*$/;

/** Text as a PostgreSQL column can hold it: no lone surrogates, no NUL. */
export function mendText(text: string): string {
  // Nearly all: names, codes and pseudonyms, a thousand of them for a large request.
  if (printableAscii.test(text)) return text;
  return text.replace(/\p{Surrogate}|\0/gu, '\ufffd');
}
