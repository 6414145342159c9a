import type { Rule } from '../rule.ts';
import * as codes from './codes.ts';
import * as columns from './columns.ts';
import * as connects from './connects.ts';
import * as departments from './departments.ts';
import * as keys from './keys.ts';
import * as registers from './registers.ts';
import * as sharing from './sharing.ts';
import * as sources from './sources.ts';
import * as statements from './statements.ts';
import * as targets from './targets.ts';
import * as templates from './templates.ts';
import * as types from './types.ts';

/** What is found before the rules look: while parsing, and by graphql's own validation. */
export const earlyRules: readonly Omit<Rule, 'check'>[] = [
  { name: 'limits', zh: '文件超出限制' },
  { name: 'syntax', zh: '语法错误' },
  { name: 'reserved-name', zh: '保留名称' },
  { name: 'sdl', zh: '不符合 GraphQL 规范' },
  { name: 'directive-arguments', zh: '指令参数错误' },
];

/** The rules of the contract, in the order in which `docs/contract.md` explains them. */
export const rules: readonly Rule[] = [
  { name: 'file-department', zh: '文件所属部门不明确', check: departments.fileNamesOneDepartment },
  { name: 'department-name', zh: '部门名称或前缀不规范', check: departments.departmentIsWellNamed },
  { name: 'duplicate-department', zh: '部门或前缀重复', check: departments.departmentIsDeclaredOnce },
  { name: 'realm', zh: '超出部门范围', check: departments.definitionsStayInRealm },
  { name: 'type-kind', zh: '不支持的类型种类', check: departments.typesAreObjectsOrEnums },
  { name: 'root-operation', zh: '部门不得定义操作入口', check: departments.rootOperationsAreTheHubs },
  { name: 'entity-field', zh: '部门在共享实体上的字段不符', check: departments.entityFieldIsTheDepartments },
  { name: 'entity-key', zh: '实体主键不符', check: departments.entityKeyIsRepeated },
  { name: 'meta-field', zh: '平台字段不得自行定义', check: departments.metaFieldsAreTheHubs },

  { name: 'source-name', zh: '数据源或凭据名称不规范', check: sources.sourceIsWellNamed },
  { name: 'duplicate-source', zh: '数据源重复', check: sources.sourceIsDeclaredOnce },
  { name: 'source-kind', zh: '数据源种类应有且仅有一个', check: sources.sourceHasOneKind },
  { name: 'shared-credential', zh: '凭据被多个部门使用', check: sources.credentialIsOfOneDepartment },
  { name: 'charset', zh: '字符集未知', check: sources.charsetIsKnown },
  { name: 'number-range', zh: '数值超出范围', check: sources.numbersAreInRange },

  { name: 'duplicate-code-table', zh: '代码表重复', check: codes.codeTableIsDeclaredOnce },
  { name: 'code-table', zh: '代码表内容有误', check: codes.codeTableIsSound },
  { name: 'unknown-code-table', zh: '代码表不存在', check: codes.codeTableIsKnown },
  { name: 'codes-fit', zh: '代码与字段类型不符', check: codes.codesFitTheField },

  { name: 'unknown-type', zh: '类型不存在或不属于本部门', check: types.typeIsKnown },
  { name: 'nullable', zh: '共享字段必须可为空', check: types.fieldIsNullable },
  { name: 'list', zh: '列表与行数不符', check: types.listFitsTheRows },
  { name: 'empty-type', zh: '类型没有成员', check: types.typeHasMembers },
  { name: 'unreachable-type', zh: '类型未被引用', check: types.typeIsReached },
  { name: 'recursion', zh: '类型循环引用', check: types.typeIsNotReachedFromItself },
  { name: 'type-depth', zh: '类型层级过深', check: types.typesNestNotTooDeep },
  { name: 'type-used-twice', zh: '类型被多处使用', check: types.typeMeansOnePlace },

  { name: 'missing-from', zh: '字段未说明存储位置', check: columns.columnIsMapped },
  { name: 'missing-connect', zh: '记录未说明读取方式', check: columns.sectionIsConnected },
  { name: 'from-and-connect', zh: '存储位置与读取方式不得并用', check: columns.fromStandsAlone },
  { name: 'from-arguments', zh: '存储位置不明确', check: columns.fromIsUnambiguous },
  { name: 'column-name', zh: '列名或路径不规范', check: columns.fromIsAName },
  { name: 'format-fit', zh: '存储格式与类型不符', check: columns.formatFitsTheType },
  { name: 'derive-fit', zh: '派生方式与类型不符', check: columns.derivationFitsTheType },
  { name: 'column-only', zh: '指令只能用于存储字段', check: columns.onlyColumnsAreClassified },

  { name: 'unknown-source', zh: '数据源不存在', check: connects.sourceIsKnown },
  { name: 'foreign-source', zh: '数据源属于其他部门', check: connects.sourceIsTheDepartments },
  { name: 'connect-place', zh: '此处不能读取记录', check: connects.connectStandsOnARecord },
  { name: 'connects-differ', zh: '多个数据源的读取方式不一致', check: connects.connectsAgree },
  { name: 'where', zh: '强制筛选条件无法下推', check: connects.mandatoryFilterIsPushed },
  { name: 'arguments', zh: '参数不符', check: connects.argumentsAreFilters },
  { name: 'target', zh: '读取目标与数据源不符', check: targets.targetFitsTheSource },
  { name: 'target-name', zh: '读取目标中的名称不规范', check: targets.namesInTargetsAreSafe },
  { name: 'http-path', zh: '接口路径不规范', check: targets.httpPathIsBelowTheBase },
  { name: 'http-status', zh: '接口状态约定不当', check: targets.emptyStatusMeansNobody },
  { name: 'template', zh: '请求模板有误', check: templates.requestIsATemplate },

  { name: 'key', zh: '查询键有误', check: keys.keyNamesAnEntity },
  { name: 'key-codes', zh: '查询键的代码表不可逆', check: keys.keyCodesAreReversible },
  { name: 'via', zh: '间接查询键有误', check: keys.viaNamesAFieldOfARecord },
  { name: 'via-cycle', zh: '间接查询键循环', check: keys.viaHasNoCycle },
  { name: 'route', zh: '分区路由有误', check: keys.routeNamesAFieldOfARecord },

  { name: 'register', zh: '该记录不能作为可查询的登记簿', check: registers.registerCanBeListed },
  { name: 'search-element', zh: '查询要素与字段不符', check: registers.searchedElementFits },
  { name: 'two-search-elements', zh: '一个登记簿内查询要素重复', check: registers.searchedElementIsOne },
  { name: 'filter-name', zh: '名称与平台的筛选类型冲突', check: registers.filterNameIsFree },

  { name: 'share-level', zh: '数据级别超出范围', check: sharing.levelIsOfGeneralData },
  { name: 'share-basis', zh: '不予共享缺少依据', check: sharing.refusalHasABasis },
  { name: 'share-person-level', zh: '个人数据无条件共享须明示', check: sharing.unconditionalIsTheOwnersWord },
  { name: 'mask-fit', zh: '脱敏方式与类型不符', check: sharing.maskFitsTheType },
  { name: 'authority-element', zh: '数源字段与共享要素不符', check: sharing.authorityFitsTheElement },
  { name: 'relation-claim', zh: '关联字段未声明所对应的关系', check: sharing.relationIsClaimed },
  { name: 'statement-element', zh: '记载字段与共享要素不符', check: statements.statementFitsTheElement },
  { name: 'two-authorities', zh: '一个要素有多个数源', check: sharing.elementHasOneAuthority },
];
