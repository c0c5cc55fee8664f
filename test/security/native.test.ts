import { describeNative } from '../support/security-native.ts';

describeNative({ layer: 'full', profile: 'js', user: 'root' });
describeNative({ layer: 'full', profile: 'shell', user: 'root' });
describeNative({ layer: 'base', profile: 'js', user: 'root' });
