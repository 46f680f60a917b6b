// Which variables the flows in the editor define for a node. Runs in the editor.
(function () {
  'use strict';

  /** Deeper than anybody nests, and an end for those that name each other. */
  var DEEPEST = 20;
  /** Node-RED sets these by itself. */
  var OWN = /^NR_(NODE|GROUP|FLOW|SUBFLOW)_(ID|NAME|PATH)$/;

  /** What surrounds a node, the nearest first; each is a list of variables. A subflow has the places where it is used. */
  function placeOf(node) {
    var group = node.g && RED.nodes.group(node.g);
    if (group) return { env: group.env, above: [placeOf({ g: group.g, z: group.z })] };
    var subflow = node.z && RED.nodes.subflow(node.z);
    if (subflow) return { env: subflow.env, above: usesOf(subflow).map(useOf) };
    var flow = node.z && RED.nodes.workspace(node.z);
    return { env: flow && flow.env, above: [{ env: globalVariables(), above: [] }] };
  }

  function usesOf(subflow) {
    return RED.nodes.filterNodes({ type: 'subflow:' + subflow.id });
  }

  /** The variables that one use of a subflow sets, and what surrounds it. */
  function useOf(use) {
    return { env: use.env, above: [placeOf(use)] };
  }

  function globalVariables() {
    var env = [];
    RED.nodes.eachConfig(function (config) {
      if (config.type === 'global-config') env = config.env || [];
    });
    return env;
  }

  /** The variables of the process on which this one depends; none when the flows define it. */
  function namesFrom(place, name, depth) {
    if (OWN.test(name) || depth > DEEPEST) return [];
    var isParent = name.indexOf('$parent.') === 0;
    var defined = !isParent && findLast(place.env || [], name);
    if (defined && defined.type !== 'env') return [];
    // One with its own name for a value passes on what is set above.
    if (defined && defined.value !== name) return namesFrom(place, defined.value, depth + 1);
    return namesAbove(place, isParent ? name.substring(8) : name, depth + 1);
  }

  /** A subflow is used in several places: one that has the variable is enough. */
  function namesAbove(place, name, depth) {
    if (place.above.length === 0) return [name];
    var answers = place.above.map(function (above) {
      return namesFrom(above, name, depth);
    });
    var isDefined = answers.some(function (names) {
      return names.length === 0;
    });
    return isDefined ? [] : answers[0];
  }

  function findLast(env, name) {
    return env
      .filter(function (variable) {
        return variable.name === name;
      })
      .pop();
  }

  window.bitlane = Object.assign(window.bitlane || {}, {
    processVariables: function (node, name) {
      return namesFrom(placeOf(node), name, 0);
    },
  });
})();
