import { defineConfig } from 'prisma/config';

/** For `prisma generate` alone: migrations are written by `npm run migration` and applied by the hub itself. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
