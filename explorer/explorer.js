/**
 * The explorer's page: GraphiQL with token, purpose and case, and the explanation of every decision beside the answer. Token, queries and
 * answers live in this page's memory alone: nothing is written to storage, cookies or the address.
 */
const { createElement: h, useMemo, useState } = React;

/** GraphiQL keeps what it is given here. It is given nothing to keep it in: queries hold identifiers. */
const noStorage = { getItem: () => null, setItem() {}, removeItem() {}, clear() {}, length: 0 };

const sampleQuery = `# 一名居民 One resident. 变量 Variables: {"id": "330106198003159057"}
query ($id: String!) {
  resident(identifier: { value: $id }) {
    name
    police { citizenId phone }
  }
}
`;

const explainQuery = `query Explain($operation: String!, $operationName: String, $variables: JSON) {
  explainAccess(operation: $operation, operationName: $operationName, variables: $variables) {
    purposeTitle
    departments { title reads }
    notices { code explanation }
    fields { coordinate title effect rule reason explanation howToApply remedies { code explanation } }
  }
}`;

const effects = {
  PERMIT: '明文 clear',
  MASK: '掩码 masked',
  PERMIT_IF: '按行 by row',
  DENY: '不提供 denied',
};

const reasons = {
  NO_AGREEMENT: '没有协议 no agreement',
  NOT_SHARED: '不共享 not shared',
  VERIFY_ONLY: '只能核验 verification only',
  QUOTA_EXCEEDED: '配额用完 quota used up',
  UNSUPPORTED_SCOPE: '范围无法执行 scope cannot be applied',
};

function Explorer() {
  const [access, setAccess] = useState({ token: '', purpose: '', caseReference: '' });
  /** What requests are made with, since "use" was pressed; counted, so that the schema is read anew. */
  const [used, setUsed] = useState({ count: 0 });
  /** Cases since the page was loaded, the latest first: to pick from, and gone with the page. */
  const [cases, setCases] = useState([]);
  const [texts, setTexts] = useState({ query: sampleQuery, variables: '' });
  const [explained, setExplained] = useState({ state: 'none' });
  const fetcher = useMemo(() => createFetcher(used, setExplained), [used]);
  const use = () => {
    setExplained({ state: 'none' });
    setUsed({ ...access, count: used.count + 1 });
    const { caseReference } = access;
    if (caseReference) setCases((known) => [caseReference, ...known.filter((one) => one !== caseReference)]);
  };
  return h(
    'div',
    { className: 'explorer' },
    h(AccessBar, { access, cases, setAccess, use }),
    h(GraphiQL, {
      key: used.count,
      fetcher,
      storage: noStorage,
      schema: used.token ? undefined : null,
      query: texts.query,
      variables: texts.variables,
      onEditQuery: (query) => setTexts((now) => ({ ...now, query: query ?? '' })),
      onEditVariables: (variables) => setTexts((now) => ({ ...now, variables: variables ?? '' })),
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      forcedTheme: 'light',
      showPersistHeadersSettings: false,
    }),
    h(Explanation, { explained }),
  );
}

function AccessBar({ access, cases, setAccess, use }) {
  const purposes = purposesOf(access.token);
  const setToken = (token) => setAccess({ ...access, token, purpose: purposesOf(token)[0] ?? '' });
  return h(
    'header',
    { className: 'access' },
    h('h1', null, '数桥 接口浏览'),
    h(
      'label',
      null,
      '访问令牌 Token',
      h('input', {
        id: 'token',
        className: 'secret',
        autoComplete: 'off',
        spellCheck: false,
        value: access.token,
        onChange: (event) => setToken(event.target.value.trim()),
      }),
    ),
    h(
      'label',
      null,
      '使用目的 Purpose',
      h(
        'select',
        {
          id: 'purpose',
          value: access.purpose,
          onChange: (event) => setAccess({ ...access, purpose: event.target.value }),
        },
        purposes.map((purpose) => h('option', { key: purpose, value: purpose }, purpose)),
      ),
    ),
    h(
      'label',
      null,
      '办件编号 Case',
      h('input', {
        id: 'case',
        list: 'cases',
        autoComplete: 'off',
        value: access.caseReference,
        onChange: (event) => setAccess({ ...access, caseReference: event.target.value }),
      }),
      h(
        'datalist',
        { id: 'cases' },
        cases.map((one) => h('option', { key: one, value: one })),
      ),
    ),
    h('button', { id: 'use', type: 'button', disabled: !access.token, onClick: use }, '使用 Use'),
    h(
      'p',
      { className: 'note' },
      '令牌只在本页内存中，刷新即失。每次查询和每次说明都留访问记录。 The token stays in this page’s memory. Each query and each explanation is on record.',
    ),
  );
}

/** The purposes that a token names; the hub, not this page, checks the token. */
function purposesOf(token) {
  try {
    const [, payload = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    const { purposes } = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(purposes) ? purposes.filter((purpose) => typeof purpose === 'string') : [];
  } catch {
    return [];
  }
}

function createFetcher(access, setExplained) {
  return async ({ query, operationName, variables }) => {
    if (!access.token)
      return { errors: [{ message: '请先填写访问令牌，再按“使用”。 Enter a token and press Use first.' }] };
    const answer = await send(access, { query, operationName, variables });
    if (operationName !== 'IntrospectionQuery')
      void explain(access, { query, operationName, variables }, setExplained);
    return answer;
  };
}

async function send({ token, purpose, caseReference }, body) {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'omit',
    cache: 'no-store',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(purpose ? { 'shuqiao-purpose': purpose } : {}),
      ...(caseReference ? { 'shuqiao-case': encodeURIComponent(caseReference) } : {}),
    },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Of runs that overlap, the last one is shown. */
let lastRun = 0;

async function explain(access, { query, operationName, variables }, setExplained) {
  lastRun += 1;
  const run = lastRun;
  setExplained({ state: 'waiting' });
  const asked = { operation: query, operationName, variables: variables ?? {} };
  const answer = await send(access, { query: explainQuery, variables: asked }).catch(() => ({
    errors: [{ message: '平台没有应答。 The hub does not answer.' }],
  }));
  if (run !== lastRun) return;
  const explanation = answer.data?.explainAccess;
  setExplained(
    explanation ? { state: 'known', explanation } : { state: 'failed', errors: answer.errors ?? [] },
  );
}

function Explanation({ explained }) {
  return h(
    'aside',
    { className: 'explanation', 'aria-live': 'polite', 'aria-label': '访问说明 Explanation' },
    h('h2', null, '访问说明 Explanation'),
    content(explained),
  );
}

function content({ state, explanation, errors }) {
  if (state === 'none') {
    return h(
      'p',
      { className: 'quiet' },
      '运行一次查询，这里逐项说明决定和理由。 Run a query: each decision is explained here.',
    );
  }
  if (state === 'waiting') return h('p', { className: 'quiet' }, '正在询问…… Asking …');
  if (state === 'failed')
    return h(
      'ul',
      null,
      errors.map(({ message }, at) => h('li', { key: at }, message)),
    );
  const { fields, departments, notices, purposeTitle } = explanation;
  const reads = departments.map(({ title, reads: count }) => `${title} ${count}`).join('、');
  return [
    h('p', { key: 'purpose', className: 'quiet' }, `目的 Purpose: ${purposeTitle}`),
    h('p', { key: 'reads', className: 'quiet' }, `读取部门 Reads: ${reads || '—'}`),
    ...notices.map((notice) => h('p', { key: notice.code }, notice.explanation)),
    h(
      'ul',
      { key: 'fields' },
      fields.map((field) => h(Field, { key: field.coordinate, field })),
    ),
  ];
}

function Field({ field }) {
  const { coordinate, title, effect, rule, reason, explanation, howToApply, remedies } = field;
  return h(
    'li',
    { 'data-coordinate': coordinate },
    h('span', { className: `effect effect-${effect}` }, effects[effect] ?? effect),
    h('strong', null, title),
    ' ',
    h('code', null, coordinate),
    h('p', null, explanation),
    reason ? h('p', null, `原因 Reason: ${reasons[reason] ?? reason}`) : null,
    ...remedies.map((remedy) =>
      h('p', { key: remedy.code }, `能否改变 What would change it: ${remedy.explanation}`),
    ),
    howToApply ? h('p', null, `如何申请 How to apply: ${howToApply}`) : null,
    h('p', { className: 'quiet' }, '规则 Rule: ', h('code', null, rule)),
  );
}

ReactDOM.createRoot(document.getElementById('explorer')).render(h(Explorer));
