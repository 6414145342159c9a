import { pad } from './calendar.ts';
import type { Household, Person } from './person.ts';
import type { Random } from './random.ts';

/** 楼栋: where its dwellings are, as the city's register of standard addresses (标准地址库) knows it. */
export interface Building {
  /** 12 digits of the committee, `L`, a number of its own. */
  readonly code: string;
  readonly name: string;
  readonly address: string;
  readonly division: string;
  readonly floors: number;
  /** CGCS2000, degrees. */
  readonly longitude: number;
  readonly latitude: number;
  readonly gridCode: string;
}

/** 户室. */
export interface Dwelling {
  /** The building's code, `F`, floor and room. */
  readonly code: string;
  readonly addressCode: string;
  readonly address: string;
  readonly floor: number;
  readonly room: string;
  readonly building: Building;
}

/** 网格: some buildings of one committee. */
export interface Grid {
  readonly code: string;
  readonly name: string;
  readonly division: string;
}

export interface Places {
  readonly buildings: readonly Building[];
  readonly dwellings: readonly Dwelling[];
  readonly grids: readonly Grid[];
  /** Of the household's registered address. */
  homeOf(household: Household): Dwelling | undefined;
  /** Where somebody really lives: at home, or in another dwelling than the registered one. */
  dwellingOf(person: Person): Dwelling | undefined;
}

/** The building of the documented residents: 25 floors, two units, ten rooms on each floor of a unit. */
const tower = { suffix: '保俶路88号3幢', units: 2, floors: 25, rooms: 10 } as const;
/** Nobody but the documented resident who rents it. */
const rented = { unit: 1, floor: 8, room: 3 } as const;

const buildingsInGrid = 12;

const flat = /^(.*?\d+号(?:\d+幢)?)(\d+)单元(\d+)(\d\d)室$/;

interface Growing {
  readonly buildings: Map<string, Building>;
  readonly dwellings: Map<string, Dwelling>;
  readonly grids: Map<string, Grid>;
  /** Buildings so far, by committee. */
  readonly serials: Map<string, number>;
}

/** Every address that somebody is registered at, and the tower with all its flats, lived in or not. */
export function createPlaces(people: readonly Person[], random: Random): Places {
  const growing: Growing = {
    buildings: new Map(),
    dwellings: new Map(),
    grids: new Map(),
    serials: new Map(),
  };
  const households = [...new Set(people.map(({ household }) => household))];
  const towerHome = households.find(({ address }) => address.includes(tower.suffix));
  const towerFlats = towerHome ? growTower(growing, towerHome) : [];
  for (const household of households) growHome(growing, household);
  const homeOf = ({ address }: Household) => growing.dwellings.get(address);
  return {
    buildings: [...growing.buildings.values()],
    dwellings: [...growing.dwellings.values()],
    grids: [...growing.grids.values()],
    homeOf,
    dwellingOf: (person) => elsewhereOf(person, towerFlats, random) ?? homeOf(person.household),
  };
}

/** Some adults live in a flat of the tower, whatever their household's book says. */
function elsewhereOf(person: Person, flats: readonly Dwelling[], random: Random): Dwelling | undefined {
  if (person.fixed === 'lowerX') return flats.find(isRented);
  if (person.fixed || person.registration !== 'FAMILY' || flats.length === 0) return undefined;
  const chance = random.fork(`residence/${person.id}`);
  if (person.birthDate > '20060101' || !chance.isChosen(0.05)) return undefined;
  const flatOf = chance.pick(flats);
  return isRented(flatOf) ? undefined : flatOf;
}

function isRented({ room, floor }: Dwelling): boolean {
  return floor === rented.floor && room === roomName(rented.unit, rented.floor, rented.room);
}

function roomName(unit: number, floor: number, room: number): string {
  return `${unit}-${floor}${pad(room)}`;
}

function growTower(growing: Growing, home: Household): readonly Dwelling[] {
  const address = home.address.slice(0, home.address.indexOf(tower.suffix) + tower.suffix.length);
  const building = growBuilding(growing, address, home.division, tower.floors);
  const flats: Dwelling[] = [];
  for (let floor = 1; floor <= tower.floors; floor++) {
    for (let unit = 1; unit <= tower.units; unit++) {
      for (let room = 1; room <= tower.rooms; room++) {
        flats.push(growDwelling(growing, building, { unit, floor, room: pad(room) }));
      }
    }
  }
  return flats;
}

function growHome(growing: Growing, { address, division }: Household): void {
  if (growing.dwellings.has(address)) return;
  const match = flat.exec(address);
  if (!match) {
    const house = growBuilding(growing, address, division, 3);
    growing.dwellings.set(address, dwelling(house, address, 1, '1-101'));
    return;
  }
  const [, place = '', unit = '', floor = '', room = ''] = match;
  const building = growBuilding(growing, place, division, Math.max(6, Number(floor)));
  growDwelling(growing, building, { unit: Number(unit), floor: Number(floor), room });
}

function growDwelling(
  { dwellings }: Growing,
  building: Building,
  { unit, floor, room }: { readonly unit: number; readonly floor: number; readonly room: string },
): Dwelling {
  const address = `${building.address}${unit}单元${floor}${room}室`;
  const known = dwellings.get(address);
  if (known) return known;
  const made = dwelling(building, address, floor, `${unit}-${floor}${room}`);
  dwellings.set(address, made);
  return made;
}

function dwelling(building: Building, address: string, floor: number, room: string): Dwelling {
  const digits = room.replace('-', '').padStart(5, '0');
  return {
    code: `${building.code}F${digits}`,
    addressCode: `${building.division}${building.code.slice(-4)}${digits}`,
    address,
    floor,
    room,
    building,
  };
}

function growBuilding(growing: Growing, address: string, division: string, floors: number): Building {
  const known = growing.buildings.get(address);
  if (known) return known;
  const serial = (growing.serials.get(division) ?? 0) + 1;
  growing.serials.set(division, serial);
  const code = `${division}L${pad(serial, 4)}`;
  const building = {
    code,
    name: address.replace(/^.*(?:社区|村)/, ''),
    address,
    division,
    floors,
    ...coordinate(code),
    gridCode: growGrid(growing, address, division, serial).code,
  };
  growing.buildings.set(address, building);
  return building;
}

function growGrid({ grids }: Growing, address: string, division: string, serial: number): Grid {
  const number = Math.ceil(serial / buildingsInGrid);
  const code = `${division}G${pad(number)}`;
  const committee = /(?:街道|镇)(.*?(?:社区|村))/.exec(address)?.[1] ?? '';
  const grid = grids.get(code) ?? { code, name: `${committee}第${number}网格`, division };
  grids.set(code, grid);
  return grid;
}

/** Somewhere in the district, the same on every machine: no building stands where the demo says. */
function coordinate(code: string): { readonly longitude: number; readonly latitude: number } {
  let value = 0;
  for (const character of code) value = (value * 31 + character.charCodeAt(0)) % 1_000_003;
  return {
    longitude: Math.round((120.05 + (value % 1_000) / 9_000) * 1e6) / 1e6,
    latitude: Math.round((30.18 + (Math.floor(value / 1_000) % 1_000) / 7_000) * 1e6) / 1e6,
  };
}
