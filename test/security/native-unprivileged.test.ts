import { describeNative } from '../support/security-native.ts';

describeNative({ layer: 'full', profile: 'js', user: 'unprivileged' });
describeNative({ layer: 'full', profile: 'shell', user: 'unprivileged' });
describeNative({ layer: 'base', profile: 'js', user: 'unprivileged' });
