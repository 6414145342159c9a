import type { StoredRow, Tables } from './recording-connector.ts';

/** What the founding departments hold of some residents, in their own columns and codes; some are missing here or there. */
export function sampleTables(ids: readonly string[]): Tables {
  return {
    PoliceRecord: ids.filter(everyBut(4)).map(policeRow),
    PoliceHousehold: [0, 1, 2].map((n) => ({
      hh: `H${n}`,
      hzxm: `户主${n}`,
      rs: n + 2,
      hjdz: `杭州市西湖区灵隐街道${n}号`,
    })),
    PolicePenalty: ids.filter(everyOther).flatMap((id, n) => [
      { gmsfhm: id, wsbh: `杭公(西)行罚决字[2025]${n}号`, cfrq: '20250102', ay: '殴打他人', fcbz: '0' },
      { gmsfhm: id, wsbh: `杭公(西)行罚决字[2026]${n}号`, cfrq: '20260203', ay: '盗窃', fcbz: '0' },
      { gmsfhm: id, wsbh: `封存${n}`, cfrq: '20200203', ay: '封存案由', fcbz: '1' },
    ]),
    CivilAffairsRecord: ids.filter(everyBut(3)).map((id, n) => ({
      idCard: id,
      realName: `居民${n}`,
      marital: { code: ['10', '21', '30'][n % 3] },
      assistance: n % 2 === 0 ? { kind: 'A', amount: 88_800 + n } : null,
      updatedAt: 1_767_225_600_000 + n,
    })),
    CivilAffairsMarriage: ids.filter(everyOther).map((id, n) => ({
      idCard: id,
      bizType: 'IA',
      regDate: '2015-05-20',
      regOrgan: '西湖区民政局',
      certNo: `J330106-2015-00000${n}`,
      spouse: { name: `配偶${n}`, idCard: id },
    })),
    SocialSecurityRecord: ids.map((id, n) => ({
      aac002: id,
      aac003: `居民${n}`,
      aac031: String((n % 3) + 1),
      aab004: `单位${n}`,
      aac049: '201007',
    })),
    SocialSecurityContribution: ids.flatMap((id) =>
      ['202601', '202602'].flatMap((month) =>
        ['110', '310'].map((kind) => ({
          aac002: id,
          aae003: month,
          aae140: kind,
          aae180: 500_000,
          aae082: 40_000,
        })),
      ),
    ),
    JusticeRecord: ids.filter(everyBut(5)).map((id, n) => ({
      idType: '111',
      idNumber: id,
      fullName: `居民${n}`,
      legalAid: { count: n },
      updatedAt: '2026-01-01T08:00:00',
    })),
    JusticeCommunityCorrection: ids.filter(everyOther).flatMap((id) => [
      {
        idNumber: id,
        category: '02',
        startDate: '2024-01-01',
        endDate: '2026-01-01',
        office: { name: '西湖司法所' },
        sealed: 'N',
      },
      {
        idNumber: id,
        category: '01',
        startDate: '2014-01-01',
        endDate: '2015-01-01',
        office: { name: '封存司法所' },
        sealed: 'Y',
      },
    ]),
    JusticeMediationCase: ids.filter(everyOther).flatMap((id) => [
      mediation(id, 'C1', [
        { name: '甲某', role: '申请人' },
        { name: '乙某', role: '被申请人' },
      ]),
      mediation(id, 'C2', [{ name: '丙某' }, { role: '第三人' }, {}]),
      mediation(id, 'C3', null),
    ]),
  };
}

export function policeRow(id: string, n: number): StoredRow {
  return {
    gmsfhm: id,
    xm: `居民${n}`,
    xbdm: ['1', '2', '9'][n % 3],
    csrq: `199${n % 10}0506`,
    mzdm: '01',
    hklb: '01',
    hh: `H${n % 3}`,
    qhdm: n % 2 === 0 ? '330106001001' : '330105001001',
    hjdz: `浙江省杭州市西湖区北山街道${n}号`,
    lxdh: `1380000${String(n).padStart(4, '0')}`,
    zdrybs: `重点${n}`,
    gxsj: '20260101080000',
  };
}

function mediation(id: string, caseNo: string, parties: unknown): StoredRow {
  return {
    idNumber: id,
    caseNo,
    disputeKind: '邻里',
    acceptedOn: `2025-0${caseNo.slice(1)}-01`,
    result: 'S',
    parties,
  };
}

function everyBut(n: number): (id: string, index: number) => boolean {
  return (_, index) => index % n !== n - 1;
}

function everyOther(_: string, index: number): boolean {
  return index % 2 === 0;
}
