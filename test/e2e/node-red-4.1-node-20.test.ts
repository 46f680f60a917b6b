import { describeRuntime } from './support/runtime-suite';

describeRuntime('node-red-4.1-node-20');
