package docscheck

import (
	"errors"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/serve"
)

// object is what of a Kubernetes object is checked here.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name        string
		Annotations map[string]string
	}
	Data map[string]string
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     podSpec
		}
	}
}

type podSpec struct {
	ServiceAccountName string `yaml:"serviceAccountName"`
	Grace              int    `yaml:"terminationGracePeriodSeconds"`
	HostAliases        []struct {
		IP        string
		Hostnames []string
	} `yaml:"hostAliases"`
	SecurityContext struct {
		Sysctls []struct{ Name, Value string }
	} `yaml:"securityContext"`
	InitContainers []container `yaml:"initContainers"`
	Containers     []container
	Volumes        []struct {
		Name      string
		ConfigMap struct{ Name string } `yaml:"configMap"`
	}
}

type container struct {
	Name          string
	RestartPolicy string `yaml:"restartPolicy"`
	Args          []string
	Env           []struct{ Name, Value string }
	Ports         []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	StartupProbe   probeSpec `yaml:"startupProbe"`
	ReadinessProbe probeSpec `yaml:"readinessProbe"`
	LivenessProbe  probeSpec `yaml:"livenessProbe"`
	VolumeMounts   []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type probeSpec struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

func objects(t *testing.T, file string) map[string]object {
	t.Helper()
	byKind := map[string]object{}
	for decoder := yaml.NewDecoder(strings.NewReader(read(t, file))); ; {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return byKind
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if o.APIVersion == "" || o.Metadata.Name == "" {
			t.Errorf("%s: an object without apiVersion or name", file)
		}
		byKind[o.Kind] = o
	}
}

// testSidecar checks that the parts of the manifest fit each other and the
// program. That a cluster takes it is not tried.
func testSidecar(t *testing.T, program string) {
	all := objects(t, "deploy/kubernetes/sidecar.yaml")
	account, configMap, deployment := all["ServiceAccount"], all["ConfigMap"], all["Deployment"]
	pod := deployment.Spec.Template.Spec
	if len(pod.InitContainers) != 1 || pod.InitContainers[0].RestartPolicy != "Always" {
		t.Fatal("there is no sidecar: an init container with restartPolicy Always")
	}
	sidecar := pod.InitContainers[0]

	if pod.ServiceAccountName != account.Metadata.Name {
		t.Errorf("the pod's service account is %q, that of the file %q", pod.ServiceAccountName, account.Metadata.Name)
	}
	if role := account.Metadata.Annotations["eks.amazonaws.com/role-arn"]; !arn.MatchString(role) {
		t.Errorf("the service account's role is %q", role)
	}
	for name, value := range deployment.Spec.Selector.MatchLabels {
		if deployment.Spec.Template.Metadata.Labels[name] != value {
			t.Errorf("the pods have no label %s: %s", name, value)
		}
	}
	if len(pod.Volumes) != 1 || len(sidecar.VolumeMounts) != 1 || pod.Volumes[0].ConfigMap.Name != configMap.Metadata.Name ||
		pod.Volumes[0].Name != sidecar.VolumeMounts[0].Name {
		t.Errorf("the ConfigMap %s does not reach the sidecar", configMap.Metadata.Name)
	}
	mounted := path.Join(sidecar.VolumeMounts[0].MountPath, "gateway.yaml")
	if !slices.Contains(sidecar.Args, mounted) {
		t.Errorf("%q do not read %s", sidecar.Args, mounted)
	}

	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte(configMap.Data["gateway.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, v := range sidecar.Env {
		env = append(env, v.Name+"="+v.Value)
	}
	checkConfig(t, program, file, sidecar.Args, env)
	config, err := serve.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	checkFits(t, pod, sidecar, config)
	probe(t, program, file, []string{sidecar.StartupProbe.HTTPGet.Path, sidecar.ReadinessProbe.HTTPGet.Path, sidecar.LivenessProbe.HTTPGet.Path, "/metrics"})
}

// checkFits compares the pod with the gateway's configuration.
func checkFits(t *testing.T, pod podSpec, sidecar container, config *serve.Config) {
	t.Helper()
	if grace := time.Duration(pod.Grace) * time.Second; grace <= config.DrainTimeout {
		t.Errorf("the pod is killed after %v, the gateway may drain for %v", grace, config.DrainTimeout)
	}
	_, metrics, err := net.SplitHostPort(config.MetricsListen)
	if err != nil || len(sidecar.Ports) != 1 || metrics != strconv.Itoa(sidecar.Ports[0].ContainerPort) {
		t.Errorf("metrics at %s, the container's ports are %v", config.MetricsListen, sidecar.Ports)
	}
	for _, p := range []probeSpec{sidecar.StartupProbe, sidecar.ReadinessProbe, sidecar.LivenessProbe} {
		if p.HTTPGet.Port != sidecar.Ports[0].Name {
			t.Errorf("a probe of port %q, which is none of %v", p.HTTPGet.Port, sidecar.Ports)
		}
	}
	host, port, err := net.SplitHostPort(config.Listen)
	if err != nil || port != "80" || len(pod.SecurityContext.Sysctls) != 1 || pod.SecurityContext.Sysctls[0].Value != port {
		t.Errorf("it listens on %s, the pod allows %v", config.Listen, pod.SecurityContext.Sysctls)
	}
	for _, alias := range pod.HostAliases {
		for _, name := range alias.Hostnames {
			if target, ok := strings.CutSuffix(name, vialambda.Suffix); !ok || !slices.Contains(config.Proxy, target) || alias.IP != host {
				t.Errorf("%s leads to %s, where it is not served", name, alias.IP)
			}
		}
	}
	if len(pod.HostAliases) == 0 || config.InsecureListen {
		t.Error("no hostAliases, or open to the network")
	}
}
