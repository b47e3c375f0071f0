import { portsAgree, reachesWhatItNames } from './rules/addresses.ts';
import { connectionsSuffice, heapFits } from './rules/capacity.ts';
import { isConfined, onlySomeArePublished, onlySomeGetOut } from './rules/confinement.ts';
import {
  everythingIsUsed,
  filesAreThere,
  replicasFit,
  secretsAreFiles,
  workersShareTheirFiles,
} from './rules/files.ts';
import { imageIsPinned, imageProblems, imagesAgree } from './rules/images.ts';
import { commandExists, healthIsChecked, waitsForWhatItNeeds } from './rules/life.ts';
import type { Service, Topology } from './topology.ts';

type Rule = (topology: Topology) => string[];

/** What is wrong, each beginning with the service that it is about. */
export function findProblems(topology: Topology): string[] {
  return rules.flatMap((rule) => rule(topology));
}

const rules: readonly Rule[] = [
  imageProblems,
  imagesAgree,
  ...[imageIsPinned, commandExists, healthIsChecked, waitsForWhatItNeeds].map(eachService),
  ...[isConfined, filesAreThere, secretsAreFiles, reachesWhatItNames].map(eachService),
  everythingIsUsed,
  onlySomeArePublished,
  onlySomeGetOut,
  portsAgree,
  connectionsSuffice,
  workersShareTheirFiles,
  replicasFit,
  heapFits,
];

function eachService(check: (service: Service, name: string, topology: Topology) => string[]): Rule {
  return (topology) =>
    Object.entries(topology.compose.services).flatMap(([name, service]) =>
      check(service, name, topology).map((problem) => `${name}: ${problem}`),
    );
}
