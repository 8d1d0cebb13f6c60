import { planOf } from './plan.ts';
import { live } from './simulate.ts';

const seed = Number(process.argv[2]);
const re = new RegExp(process.argv[3] ?? '.');
await live(planOf(seed), (x) => {
  if (re.test(x)) console.log(x);
});
