import fastify from 'fastify';
import mercurius from 'mercurius';
import { createDepartmentReads } from './department-reads.ts';
import type { RunningServer, ServerOptions } from './server-kinds.ts';
import { createVerifyToken } from './verify-token.ts';

const schema = `
  type Query { residents(identifiers: [ResidentIdentifier!]!): [Resident]! }
  enum IdentifierType { CITIZEN_ID }
  input ResidentIdentifier { type: IdentifierType! = CITIZEN_ID, value: String! }
  type Resident {
    police: PoliceRecord
    civilAffairs: CivilAffairsRecord
    socialSecurity: SocialSecurityRecord
    justice: JusticeRecord
  }
  type PoliceRecord {
    name: String, sex: Sex, birthDate: String, registrationType: RegistrationType, divisionCode: String
    address: String, phone: String
  }
  type CivilAffairsRecord { name: String, maritalStatus: MaritalStatus, assistance: AssistanceKind, monthlyYuan: Float }
  type SocialSecurityRecord { status: InsuredStatus, employer: String, firstInsuredMonth: String, baseYuan: Float }
  type JusticeRecord { name: String, legalAidCount: Int, lastAcceptedOn: String }
  enum Sex { UNKNOWN MALE FEMALE UNSTATED }
  enum RegistrationType { FAMILY COLLECTIVE UNSETTLED }
  enum MaritalStatus { UNMARRIED MARRIED WIDOWED DIVORCED UNSTATED }
  enum AssistanceKind { URBAN RURAL NONE }
  enum InsuredStatus { INSURED SUSPENDED TERMINATED }
`;

interface Parent {
  readonly citizenId: string;
}

/** A GraphQL server of the fast kind, its queries compiled, its loaders doing the hand-written reads. No policy, no record. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const reads = createDepartmentReads(options.sources);
  const verifyToken = await createVerifyToken(options.dataDir);
  const server = fastify({ bodyLimit: 1_048_576, keepAliveTimeout: 72_000 });
  server.addHook('onRequest', async (request, reply) => {
    await verifyToken(request.headers.authorization).catch(() => reply.code(401).send());
  });
  const load = (read: (ids: readonly string[]) => Promise<ReadonlyMap<string, unknown>>) => ({
    loader: async (queries: readonly { readonly obj: Parent }[]) => {
      const records = await read(queries.map(({ obj }) => obj.citizenId));
      return queries.map(({ obj }) => records.get(obj.citizenId) ?? null);
    },
    // Every resident is asked for once: a cache would be work for nothing.
    opts: { cache: false },
  });
  await server.register(mercurius, {
    schema,
    jit: 1,
    resolvers: {
      Query: {
        residents: (_: unknown, { identifiers }: { identifiers: readonly { value: string }[] }) =>
          identifiers.map(({ value }) => ({ citizenId: value })),
      },
    },
    loaders: {
      Resident: {
        police: load(reads.police),
        civilAffairs: load(reads.civilAffairs),
        socialSecurity: load(reads.socialSecurity),
        justice: load(reads.justice),
      },
    },
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${address}/graphql`,
    async close() {
      await server.close();
      await reads.close();
    },
  };
}
