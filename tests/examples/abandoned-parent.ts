/**
 * Starts the demo departments and says where they are; a test ends this process without a chance to clean up. Run as a child:
 * `node --import tsx tests/examples/abandoned-parent.ts`.
 */
import { startDepartmentProcesses } from '../../examples/start-departments.ts';

// Listening keeps this process alive, which its children do not.
process.on('disconnect', () => process.exit());
const departments = await startDepartmentProcesses({ residents: 20 });
process.send?.({ pids: departments.pids(), connections: departments.connections });
