import type { ApolloServer } from '@apollo/server';
import type { AuditLog } from '../audit/log.ts';
import type { Pseudonymiser } from '../audit/pseudonym.ts';
import type { HubLimits } from '../config.ts';
import type { Authentication } from '../context.ts';
import type { ApolloContext, HubGateway } from '../gateway.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { Admission } from './admission.ts';
import type { Story } from './story.ts';
import type { Visits } from './visit.ts';

/** What the GraphQL route needs of the rest of the hub. */
export interface RequestParts {
  /** Says so in every answer. */
  readonly isSandbox: boolean;
  readonly limits: HubLimits;
  readonly apollo: ApolloServer<ApolloContext>;
  readonly gateway: HubGateway;
  /** The policy in force; throws POLICY_UNAVAILABLE where none can be trusted. */
  readonly policy: () => FieldPolicy;
  readonly authentication: Authentication;
  readonly admission: Admission;
  readonly visits: Visits;
  readonly log: AuditLog;
  readonly pseudonymiser: Pseudonymiser;
  /** HMAC over the answer's bytes, hex. */
  readonly commit: (bytes: Uint8Array) => string;
  readonly now: () => Date;
  /** Hears why a token was refused, of refusals that are recorded one by one; the reason holds nothing of the token. */
  readonly onRefusedToken: (reason: string, story: Story) => void;
  readonly onUnknown: (error: unknown, story: Story) => void;
  /** Hears of every request, once its record is closed. */
  readonly onAnswered: (story: Story, status: number) => void;
}
