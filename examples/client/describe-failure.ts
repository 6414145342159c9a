/** For the terminal. `fetch` says that it failed and keeps why in its cause. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code }: { code?: unknown } = Object(error.cause);
  if (code === 'ECONNREFUSED' || /fetch failed/.test(error.message)) {
    return '平台没有应答。请先运行 npm start；不在 4000 端口时加 --url。\nThe hub does not answer: run npm start first; name another port with --url.';
  }
  if ('code' in error && error.code === 'ENOENT') {
    return '没有找到演示签发方的密钥。请先运行 npm start，并用相同的 HUB_DATA_DIR。\nThere is no key of the demo issuer: run npm start first, with the same HUB_DATA_DIR.';
  }
  return error.message;
}
