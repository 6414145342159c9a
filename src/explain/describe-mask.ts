import { findMask } from '../mask/mask-value.ts';
import type { Words } from './words.ts';

export interface MaskWords extends Words {
  /** The mask on a made-up value. */
  readonly example: string;
}

const masks: Readonly<Record<string, Words & { readonly sample: string | number }>> = {
  NAME: { zh: '只显示姓氏', en: 'the surname alone', sample: '张某某' },
  // The sample number of GB 11643 itself.
  CITIZEN_ID: {
    zh: '隐去第 7 至 14 位（出生日期）',
    en: 'digits 7 to 14 (the birth date) are hidden',
    sample: '11010519491231002X',
  },
  YEAR: { zh: '只显示年份', en: 'the year alone', sample: '1949-12-31' },
  YEAR_MONTH: { zh: '只显示年月', en: 'year and month', sample: '1949-12-31' },
  PHONE: { zh: '只显示前 3 位和后 4 位', en: 'the first three and last four digits', sample: '13800001234' },
  ADDRESS: {
    zh: '只显示到街道或乡镇',
    en: 'down to the street or township',
    sample: '某市某区某街道某路1号',
  },
  BAND: { zh: '只显示所在区间的下限', en: 'the lower bound of the band it lies in', sample: 37 },
  REDACT: { zh: '不显示内容，只说明有值', en: 'only that there is a value', sample: '某值' },
};

/** What a mask leaves to see. An unknown mask shows nothing. */
export function describeMask(name: string): MaskWords {
  const known = Object.hasOwn(masks, name) ? masks[name] : undefined;
  const mask = findMask(name);
  if (!known || !mask) return { zh: '不显示', en: 'nothing', example: '' };
  return { zh: known.zh, en: known.en, example: String(mask(known.sample) ?? '') };
}
