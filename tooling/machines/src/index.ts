export { type Farm, type FarmOptions, type FarmPlace, openFarm } from './farm.ts';
export { Fleet, type LoggedLine } from './fleet.ts';
export type { MachineSetup } from './machine-setup.ts';
export { overlaps } from './overlaps.ts';
export { type OwnServer, startServer } from './own-server.ts';
