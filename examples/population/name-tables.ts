/**
 * Tables from which names are put together. Weights of surnames follow their share of the population in per mille, as the
 * Ministry of Public Security reports it, roughly; below 1 they are guesses.
 */
export const surnames = parseWeights(`
  王72 李71 张68 刘54 陈45 杨31 黄22 赵23 吴21 周21 徐17 孙15 马13 朱13 胡13 郭11 何12 林11 高10 罗9
  郑9 梁8 谢8 宋7 唐7 许7 韩7 邓7 冯6 曹6 彭6 曾6 肖6 田6 董6 潘6 袁5 蔡5 蒋5 余5 于5 杜5 叶5 程5 魏5
  苏5 吕5 丁5 任4 卢4 姚4 沈8 钟4 姜4 崔4 谭4 陆5 范4 汪4 廖4 石4 金4 韦3 贾3 夏3 付3 方4 邹3 熊3 白3
  孟3 秦3 邱3 侯3 江3 尹3 薛3 闫3 段3 雷3 龙3 黎3 史3 陶3 贺2 毛2 郝2 顾3 龚2 邵3 万2 覃2 武2 钱3 戴2
  严2 莫2 孔2 向2 常2 汤2 俞3 楼2 骆1 翁1 来1 章2 施2 裘1 茅1 屠1 柴1 宣1 郦1 寿1 詹1 盛1 竺1 应1 单1`);

/** 复姓: about one person in two thousand; here a little more, so that they are met. */
export const compoundSurnames = parseWeights(
  '欧阳10 上官2 诸葛3 司徒2 司马1 皇甫1 令狐1 慕容1 东方1 尉迟1 夏侯1',
);

interface GivenNames {
  /** Whole given names. */
  readonly whole: readonly string[];
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Given names by the year of birth (up to, exclusive) and sex: fashions change about every twenty years. */
export const givenNames: readonly {
  readonly before: number;
  readonly male: GivenNames;
  readonly female: GivenNames;
}[] = [
  {
    before: 1950,
    male: names(
      '阿毛 福根 金水 长根 炳生 阿根 松林',
      '福 德 炳 金 宝 永 长 水 荣 松 兴 仁 茂 锡',
      '根 生 林 祥 荣 泉 法 奎 坤 庆 良 贵 昌',
    ),
    female: names(
      '阿珍 秀英 桂英 阿花 素珍 小毛',
      '桂 秀 素 玉 凤 彩 菊 杏 阿 月 宝 翠 香 惠',
      '英 珍 娥 花 仙 琴 芬 凤 娣 妹 兰 香 云',
    ),
  },
  {
    before: 1970,
    male: names(
      '建国 建华 卫东 国强 援朝 跃进 爱国',
      '建 国 志 卫 永 文 红 新 伟 忠 利 海 光 世',
      '国 华 强 明 军 平 民 东 林 荣 根 良 祥 法',
    ),
    female: names(
      '秀珍 红梅 爱华 玉兰 丽华 建英',
      '玉 秀 美 丽 爱 建 红 月 桂 彩 金 惠 雪 亚',
      '珍 英 芳 华 萍 琴 娟 兰 梅 仙 凤 芬 红 飞',
    ),
  },
  {
    before: 1990,
    male: names(
      '伟 勇 军 磊 涛 斌 超 杰 鹏 强',
      '建 志 海 晓 文 国 永 立 明 小 卫 俊 宏 振',
      '伟 峰 军 明 辉 平 东 波 斌 杰 飞 刚 良 锋 强',
    ),
    female: names(
      '静 丽 敏 艳 娟 燕 芳 霞 洁 莉',
      '晓 丽 小 海 亚 雪 建 红 春 慧 文 玉 秀 淑',
      '燕 丽 芳 萍 娟 红 英 琴 敏 霞 君 华 芬 飞 珍',
    ),
  },
  {
    before: 2008,
    male: names(
      '杰 浩 鑫 凯 俊杰 志豪 天宇 宇航 翔',
      '嘉 俊 志 宇 子 天 文 泽 佳 一 家 伟 逸 晨',
      '豪 杰 轩 航 涛 宇 浩 鹏 阳 凯 辉 铭 翔 栋',
    ),
    female: names(
      '婷 雨欣 思思 佳怡 雪 倩 颖',
      '佳 雨 思 梦 嘉 欣 晓 雅 诗 心 静 楚 紫 可',
      '怡 婷 琪 欣 雯 颖 瑶 涵 悦 琳 倩 萱 洁 佳',
    ),
  },
  {
    before: 2100,
    male: names(
      '一诺 沐宸 浩宇 子墨 奕辰 宇轩',
      '梓 子 浩 沐 奕 宇 泽 俊 一 景 铭 昊 煜 承',
      '轩 宸 睿 泽 辰 涵 恒 然 朗 煦 祺 霖 博 骁',
    ),
    female: names(
      '一诺 欣怡 诗涵 若汐 依诺 语桐',
      '梓 欣 诗 若 语 沐 一 可 依 芷 清 书 忆 奕',
      '涵 怡 汐 桐 萱 妍 彤 玥 琪 晴 甯 瑶 柠 熙',
    ),
  },
];

/** 民族: code of GB/T 3304 by weight, within the minority share. */
export const minorities = parseWeights(
  '22:30 15:14 06:12 03:12 11:10 08:8 12:5 09:4 05:3 02:2 04:2 13:2 10:1 17:1',
);

/** Names that have a form of their own. The separator is U+00B7. */
export const uyghur = {
  male: words('阿卜杜热合曼 买买提 艾合买提 吐尔逊 库尔班 玉素甫 依明 阿迪力 艾力 热合曼'),
  female: words('古丽巴哈尔 阿依古丽 热孜万古丽 帕提古丽 迪丽拜尔 米日古丽 祖丽胡马尔 古丽娜尔'),
} as const;

export const kazakh = {
  male: words('叶尔兰 巴合提 努尔兰 哈力木 阿斯哈尔'),
  female: words('阿依达娜 古丽扎提 阿合玛拉 努尔古丽'),
} as const;

/** One word, without a surname. */
export const tibetan = words('扎西次仁 格桑卓玛 旦增罗布 次仁央宗 索朗多吉 德吉卓嘎 巴桑顿珠 白玛拉姆');
export const mongolian = words('巴特尔 乌兰图雅 那日苏 苏日娜 斯琴高娃 朝鲁 其其格 阿拉坦');

/**
 * Characters that clerks take for each other: for records in which another department spells a name differently.
 */
export const lookAlikes: Readonly<Record<string, string>> = Object.fromEntries(
  words(
    '伟玮 丽莉 静靖 涛滔 敏旻 杰洁 英瑛 兰岚 芳芬 强镪 华桦 军均 国囯 明铭 峰锋 辉晖 婷停 欣昕 怡宜 轩萱 涵含 宇雨 娟绢 萍苹 珍真 林琳',
  ).map((pair) => [pair.slice(0, 1), pair.slice(1)] as const),
);

function names(whole: string, first: string, second: string): GivenNames {
  return { whole: words(whole), first: words(first), second: words(second) };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** `王72` or `05:3`. */
function parseWeights(text: string): readonly (readonly [string, number])[] {
  return words(text).map((entry) => {
    const at = entry.includes(':') ? entry.indexOf(':') : entry.search(/\d/);
    return [entry.slice(0, at), Number(entry.slice(at).replace(':', ''))] as const;
  });
}
