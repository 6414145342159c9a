import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Receipt } from '../src/audit/entry.ts';
import { verifyReceipt } from '../src/audit/verify-receipt.ts';

/** `npm run verify-receipt -- <receipt.json> <public-key.pem>`: a caller's own check, without the hub. */
const [receiptFile, keyFile] = process.argv.slice(2);
if (!receiptFile || !keyFile) {
  console.error(
    '用法 Usage: npm run verify-receipt -- <receipt.json> <public-key.pem>\n' +
      '公钥见平台的 /receipt-key.pem，应自行保管。 The hub shows its key at /receipt-key.pem; keep your own copy of it.',
  );
  process.exit(2);
}
// `verifyReceipt` takes whatever is no receipt for an invalid one.
const receipt = JSON.parse(await readFile(receiptFile, 'utf8')) as Receipt;
const isValid = verifyReceipt({ ...receipt }, createPublicKey(await readFile(keyFile, 'utf8')));
console.log(isValid ? '回执有效 The receipt is valid.' : '回执无效 The receipt is NOT valid.');
process.exitCode = isValid ? 0 : 1;
